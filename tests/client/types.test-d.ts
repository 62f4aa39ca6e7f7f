// What the compiler must know of the client: checked by tsc, never run.
import type { ClientCode, FleetflowClient, ProcedurePath, Reason, ReasonCode, RouterInputs, RouterOutputs } from '@fleetflow/client'
import { createFleetflowClient, reasonOf } from '@fleetflow/client'
import { expectTypeOf } from 'vitest'

declare const client: FleetflowClient
declare const error: unknown
const id = '0a1b2c3d-4e5f-7a6b-8c9d-0e1f2a3b4c5d'
const period = { startDate: '2027-05-01T10:00:00Z', endDate: '2027-05-03T10:00:00Z' }

/** Options: only what exists. */
export function options(): void {
  createFleetflowClient({ url: new URL('http://127.0.0.1:3000') })
  createFleetflowClient({ url: '', token: async () => null, refreshToken: () => 'fresh', timeoutMs: 5000, batch: false })
  // @ts-expect-error the url is required
  createFleetflowClient({ token: 'a' })
  // @ts-expect-error no such option
  createFleetflowClient({ url: '', timeout: 5 })
  // @ts-expect-error a token is text
  createFleetflowClient({ url: '', token: 7 })
}

/** Inputs and outputs are the procedures' own. */
export async function calls(): Promise<void> {
  expectTypeOf<{ carId: string; startDate: string; endDate: string }>().toExtend<RouterInputs['trips']['create']>()
  expectTypeOf<RouterInputs['trips']['create']['purpose']>().toEqualTypeOf<'rental' | 'maintenance' | 'repair' | 'owner_use' | undefined>()
  expectTypeOf<RouterInputs['trips']['create']['maxTotal']>().toEqualTypeOf<number | undefined>()
  expectTypeOf(await client.trips.create.mutate({ carId: id, ...period })).toEqualTypeOf<RouterOutputs['trips']['create']>()
  expectTypeOf<RouterOutputs['trips']['create']['totalCost']>().toEqualTypeOf<number>()
  expectTypeOf<RouterOutputs['trips']['create']['cancelReason']>().toEqualTypeOf<string | null>()
  expectTypeOf<RouterOutputs['trips']['list']['nextCursor']>().toEqualTypeOf<string | null>()
  expectTypeOf<RouterOutputs['trips']['list']['items'][number]>().toEqualTypeOf<RouterOutputs['trips']['create']>()
  expectTypeOf<RouterOutputs['me']['get']['fleets'][number]['role']>().toEqualTypeOf<'owner' | 'manager' | 'driver'>()
  await client.cars.list.query()
  await client.cars.list.query({ limit: 5 }, { signal: AbortSignal.timeout(1000) })

  // @ts-expect-error the end is required
  await client.trips.create.mutate({ carId: id, startDate: period.startDate })
  // @ts-expect-error times are text
  await client.trips.create.mutate({ carId: id, startDate: new Date(), endDate: new Date() })
  // @ts-expect-error unknown keys are refused by the server, too
  await client.trips.create.mutate({ carId: id, ...period, price: 1 })
  // @ts-expect-error not a purpose
  await client.trips.create.mutate({ carId: id, ...period, purpose: 'fun' })
  // @ts-expect-error a mutation is not a query
  await client.trips.create.query({ carId: id, ...period })
  // @ts-expect-error no such procedure
  await client.trips.remove.mutate({ id })
}

/** A reason holds the codes of its procedure, and comparing the code narrows the details. */
export function reasons(): void {
  const reason = reasonOf<'trips.create'>(error)
  if (reason.code === 'TRIP_OVERLAP') {
    expectTypeOf(reason.details.conflicts).toEqualTypeOf<{ startDate: string; endDate: string }[]>()
    expectTypeOf(reason.details.nextFree).toEqualTypeOf<string | null>()
    expectTypeOf(reason.details.nextStarts).toEqualTypeOf<string[]>()
    expectTypeOf(reason.details.alternatives[0]?.price).toEqualTypeOf<{ total: number; currency: string } | null | undefined>()
    // @ts-expect-error details of another code
    reason.details.version
  }
  if (reason.code === 'PRICE_CHANGED') expectTypeOf(reason.details.quote?.totalCost).toEqualTypeOf<number | undefined>()
  if (reason.code === 'TOO_LONG') expectTypeOf(reason.details.maxDays).toEqualTypeOf<number | undefined>()
  if (reason.code === 'NOT_FOUND') expectTypeOf(reason.details).toEqualTypeOf<Record<string, unknown>>()
  // @ts-expect-error trips.create never answers it
  if (reason.code === 'ALREADY_REVIEWED') reason
  // @ts-expect-error no such procedure
  reasonOf<'trips.remove'>(error)

  expectTypeOf<'trips.create' | 'reviews.list' | 'cars.get' | 'me.get'>().toExtend<ProcedurePath>()
  expectTypeOf<ReasonCode<'trips.cancel'>>().extract<'REASON_REQUIRED'>().toEqualTypeOf<'REASON_REQUIRED'>()
  expectTypeOf<ReasonCode<'trips.get'>>().extract<'TRIP_OVERLAP'>().toBeNever()
  expectTypeOf<ClientCode>().toExtend<ReasonCode<'me.get'>>()
  expectTypeOf(reasonOf(error)).toEqualTypeOf<Reason>()
}

type OfTripsListAlone = Exclude<ReasonCode<'trips.list'>, ReasonCode<'me.get'>>
/** A table over the codes of a procedure does not compile when one is forgotten. */
export const complete: Record<OfTripsListAlone, string> = { NOT_FOUND: 'no such fleet' }
// @ts-expect-error NOT_FOUND is missing
export const incomplete: Record<OfTripsListAlone, string> = {}
