// The steps of a trip's life as a test takes them: each calls its entry function as somebody.
import { type Arguments, call, type FunctionName } from '@fleetflow/db'
import type { TestDatabase } from './database.ts'
import { as } from './fixtures.ts'

/** What the tests read of a trip. */
export interface LivingTrip {
  id: string
  carId: string
  status: string
  version: number
  totalCost: number
  startDate: string
  endDate: string
  blockedFrom: string
  blockedUntil: string
  startedAt: string | null
  returnedAt: string | null
  holdExpiresAt: string | null
  respondBy: string | null
  atRisk: boolean
  cancelReason: string | null
  odometerStart: number | null
  odometerEnd: number | null
  updatedAt: string
  lines: { kind: string; description: string; amount: number }[]
}

type Given<F extends FunctionName> = Partial<Omit<Arguments<F>, 'actor' | 'trip_id'>>

/** Entry functions by the verbs of the API; whoever acts comes first. */
export function livesOf(db: TestDatabase) {
  const step =
    <F extends FunctionName>(fn: F) =>
    (actor: string, id: string, given: Given<F> = {}) =>
      call(db.api, fn, { trip_id: id, ...given, actor: as(actor) } as unknown as Arguments<F>) as Promise<LivingTrip>
  const book =
    <F extends 'hold_trip_rpc' | 'create_trip_rpc'>(fn: F) =>
    (actor: string, carId: string, start: string, end: string, given: Given<F> = {}) =>
      call(db.api, fn, {
        car_id: carId,
        start_date: start,
        end_date: end,
        ...given,
        actor: as(actor),
      } as unknown as Arguments<F>) as Promise<LivingTrip>
  return {
    hold: book('hold_trip_rpc'),
    create: book('create_trip_rpc'),
    get: step('get_trip_rpc'),
    approve: step('approve_trip_rpc'),
    decline: step('decline_trip_rpc'),
    start: step('start_trip_rpc'),
    complete: step('complete_trip_rpc'),
    noShow: step('no_show_trip_rpc'),
    cancel: step('cancel_trip_rpc'),
    modify: step('modify_trip_rpc'),
    list: async (actor: string, given: Omit<Arguments<'list_trips_rpc'>, 'actor'> = {}) =>
      ((await call(db.api, 'list_trips_rpc', { actor: as(actor), page_limit: 100, ...given })) as { items: LivingTrip[] }).items,
  }
}
