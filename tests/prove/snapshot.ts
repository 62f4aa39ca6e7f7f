// Reads all rows of the harness's fleet at one moment, as they are, without any function of the product.
import type postgres from 'postgres'
import type { Fleet } from './scene.ts'

/** Instants are microseconds since 1970. */
export interface StoredTrip {
  id: string
  carId: string
  bookedById: string
  purpose: string
  status: string
  version: number
  totalCost: number
  pinned: boolean
  driverId: string | null
  starts: number
  ends: number
  blockedFrom: number
  blockedUntil: number
  fromIncluded: boolean
  untilIncluded: boolean
  holdExpiresAt: number | null
  respondBy: number | null
  returnedAt: number | null
  updatedAt: number
  createdAt: number
}

export interface Snapshot {
  now: number
  trips: StoredTrip[]
  lines: { tripId: string; kind: string; amount: number }[]
  reviews: { id: string; carId: string; tripId: string; rating: number }[]
  cars: { id: string; ratingSum: number; totalReviews: number; histogram: number[] }[]
}

const micros = (column: string) => `(extract(epoch from ${column}) * 1000000)::float8`

const tripQuery = `
  select id, car_id as "carId", booked_by_id as "bookedById", purpose, status, version, total_cost::float8 as "totalCost", pinned,
         driver_id as "driverId", ${micros('trip_start_date')} as starts, ${micros('trip_end_date')} as ends,
         ${micros('lower(blocked)')} as "blockedFrom", ${micros('upper(blocked)')} as "blockedUntil",
         lower_inc(blocked) as "fromIncluded", upper_inc(blocked) as "untilIncluded",
         ${micros('hold_expires_at')} as "holdExpiresAt", ${micros('respond_by')} as "respondBy",
         ${micros('returned_at')} as "returnedAt", ${micros('updated_at')} as "updatedAt", ${micros('created_at')} as "createdAt"
    from public.trips where fleet_id = $1`

/** One transaction: rows of different tables are of the same moment. */
export function takeSnapshot(sys: postgres.Sql, fleet: Fleet): Promise<Snapshot> {
  return sys.begin('isolation level repeatable read read only', async (tx) => {
    const [clock] = await tx.unsafe<{ now: number }[]>(`select ${micros('statement_timestamp()')} as now`)
    const cars = fleet.carIds
    return {
      now: clock?.now ?? Number.NaN,
      trips: await tx.unsafe<StoredTrip[]>(tripQuery, [fleet.id]),
      lines: await tx<
        Snapshot['lines']
      >`select trip_id as "tripId", kind, amount::float8 as amount from public.trip_lines where car_id = any (${cars})`,
      reviews: await tx<Snapshot['reviews']>`
        select id, car_id as "carId", trip_id as "tripId", rating from public.reviews where car_id = any (${cars})`,
      cars: await tx<Snapshot['cars']>`
        select id, rating_sum as "ratingSum", total_reviews as "totalReviews", rating_histogram as histogram
          from public.cars where id = any (${cars})`,
    }
  }) as Promise<Snapshot>
}
