// Booking as tests of changes do it: by the day in May 2031, and what a trip answers.
import { type Actor, call } from '@fleetflow/db'
import type { TestDatabase } from './database.ts'
import { as, type TestFleet } from './fixtures.ts'

export interface BookedTrip {
  id: string
  carId: string
  version: number
  totalCost: number
  status: string
  startDate: string
  endDate: string
  driverId: string | null
  blockedFrom: string
  blockedUntil: string
  lines: { kind: string; amount: number; quantity: number }[]
}

/** A day of May 2031 at ten o'clock UTC unless said otherwise. */
export const day = (of: number, hour = '10:00') => `2031-05-${String(of).padStart(2, '0')}T${hour}:00.000Z`

/** The nth car of a fleet, counted from 0. */
export function carOf(fleet: TestFleet, n: number): string {
  const id = fleet.carIds[n]
  if (id === undefined) throw new Error(`no car ${n}`)
  return id
}

/** Books the nth car from one day of May to another. */
export async function bookCar(db: TestDatabase, fleet: TestFleet, n: number, from: number, to: number, actor: Actor): Promise<BookedTrip> {
  return (await call(db.api, 'create_trip_rpc', {
    car_id: carOf(fleet, n),
    start_date: day(from),
    end_date: day(to),
    actor,
  })) as BookedTrip
}

/** A trip with its lines, as its fleet's owner sees it. */
export async function readTrip(db: TestDatabase, fleet: TestFleet, id: string): Promise<BookedTrip> {
  return (await call(db.api, 'get_trip_rpc', { trip_id: id, actor: as(fleet.ownerId) })) as BookedTrip
}
