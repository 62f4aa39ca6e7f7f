// No instant of a car belongs to two trips: a sweep over what is blocked, without the constraint, its index or range operators.
import type { Violation } from '../ledger.ts'
import type { StoredTrip } from '../snapshot.ts'
import { type Check, groupBy, occupying } from './check.ts'

/** Half microseconds, so that an open bound lies strictly beside a closed one at the same instant. */
const from = (trip: StoredTrip): number => trip.blockedFrom * 2 + (trip.fromIncluded ? 0 : 1)
const until = (trip: StoredTrip): number => trip.blockedUntil * 2 - (trip.untilIncluded ? 0 : 1)

/** Every trip that begins before one that began earlier has ended. */
function sweep(trips: readonly StoredTrip[]): [StoredTrip, StoredTrip][] {
  const found: [StoredTrip, StoredTrip][] = []
  let last: StoredTrip | undefined
  for (const trip of [...trips].sort((a, b) => from(a) - from(b))) {
    if (last !== undefined && from(trip) <= until(last)) found.push([last, trip])
    if (last === undefined || until(trip) > until(last)) last = trip
  }
  return found
}

const iso = (micros: number): string => new Date(micros / 1000).toISOString()

export const overlaps: Check = {
  name: 'overlaps',
  promise: 'no instant of a car belongs to two trips',
  during: true,
  judged: ({ snapshot }) => snapshot.trips.filter(({ status }) => occupying.has(status)).length,
  find: ({ snapshot }) =>
    [
      ...groupBy(
        snapshot.trips.filter(({ status }) => occupying.has(status)),
        ({ carId }) => carId,
      ).values(),
    ]
      .flatMap(sweep)
      .map(
        ([one, other]): Violation => ({
          check: 'overlaps',
          problem: 'two trips have the car at the same time',
          carId: one.carId,
          tripIds: [one.id, other.id],
          blocked: [one, other].map((trip) => `${iso(trip.blockedFrom)} - ${iso(trip.blockedUntil)}`),
        }),
      ),
}

/** What is blocked is at least the trip itself, or the sweep would judge something else than the cars' time. */
export const cover: Check = {
  name: 'cover',
  promise: 'what is blocked covers the trip, unless the next one cut it',
  during: true,
  judged: ({ snapshot }) => snapshot.trips.length,
  find: ({ snapshot }) =>
    snapshot.trips
      .filter(({ blockedFrom, starts }) => !(blockedFrom <= starts))
      .map(({ id }) => ({ check: 'cover', problem: 'the trip begins before its car is blocked', tripId: id })),
}
