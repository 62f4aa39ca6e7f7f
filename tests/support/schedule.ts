// Schedules of a class, laid out in hours on its cars: trips that may be moved (auto) and trips that may not (pinned).
import { call, type Database } from '@fleetflow/db'
import type postgres from 'postgres'
import { as, type TestFleet } from './fixtures.ts'

export interface Laid {
  /** Which of the fleet's cars. */
  car: number
  /** Hours since the schedule's beginning; the trip ends a minute before `to`, because ranges are closed. */
  from: number
  to: number
  pinned?: boolean
  /** A hold that ends so many seconds from now. */
  heldFor?: number
  turnaroundMinutes?: number
}

const hour = 3_600_000
export const beginning = Date.UTC(2033, 0, 3)

export const at = (hours: number, origin = beginning): string => new Date(origin + hours * hour).toISOString()
const endAt = (hours: number, origin: number): string => new Date(origin + hours * hour - 60_000).toISOString()

/** Stores the trips as they are and answers their ids in the same order. */
export async function layOut(sys: postgres.Sql, fleet: TestFleet, renterId: string, trips: Laid[], origin = beginning): Promise<string[]> {
  const rows = trips.map(({ car, from, to, pinned, heldFor, turnaroundMinutes }) => ({
    car: fleet.carIds[car] ?? '',
    from: at(from, origin),
    to: endAt(to, origin),
    pinned: pinned ?? false,
    status: heldFor === undefined ? 'confirmed' : 'held',
    expires: heldFor === undefined ? null : new Date(Date.now() + heldFor * 1000).toISOString(),
    turnaround: turnaroundMinutes ?? 0,
  }))
  const stored = await sys<{ id: string }[]>`
    insert into trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, turnaround_minutes, blocked,
      currency, pinned, hold_expires_at)
    select r.car, private.uuid_v7(), ${fleet.id}, ${renterId}, 'rental', r.status, r.from, r.to, r.turnaround,
           private.blocked_range(r.from, r.to, 0, r.turnaround, false), 'EUR', r.pinned, r.expires
      from jsonb_to_recordset(${sys.json(rows)}) as r (car uuid, "from" timestamptz, "to" timestamptz, pinned boolean,
             status text, expires timestamptz, turnaround integer)
    returning id`
  return stored.map(({ id }) => id)
}

export interface Booked {
  id: string
  carId: string
  status: string
  pinned: boolean
  version: number
  totalCost: number
  driverId: string | null
}

/** Books any car of the fleet's one class for some hours of the schedule. */
export async function bookAny(
  api: Database,
  fleet: TestFleet,
  renterId: string,
  { from, to }: { from: number; to: number },
  more: { origin?: number; allocation?: 'auto' | 'pinned'; max_total?: number; user_id?: string; dry_run?: boolean } = {},
): Promise<Booked> {
  const { origin = beginning, ...wishes } = more
  const period = { start_date: at(from, origin), end_date: endAt(to, origin) }
  const wish = { fleet: fleet.slug, car_class: 'van', ...period, actor: as(renterId), ...wishes }
  return (await call(api, 'create_trip_in_class_rpc', wish)) as Booked
}

/**
 * A schedule that takes one more trip of hours 0 to 2 by exactly `moves` moves: trip k (hours k to k + 2) lies where trip k - 1 fits
 * and fits nowhere but on the next car; everything else is taken for good.
 */
export function staircase(moves: number): Laid[] {
  const end = moves + 4
  const cars = Array.from({ length: moves + 1 }, (_, car) => car)
  return [
    ...cars.slice(0, -1).map((car) => ({ car, from: car + 1, to: car + 3 })),
    ...cars.map((car) => ({ car, from: -1, to: car, pinned: true })),
    ...cars.map((car) => ({ car, from: car === moves ? car + 2 : car + 3, to: end, pinned: true })),
  ]
}
