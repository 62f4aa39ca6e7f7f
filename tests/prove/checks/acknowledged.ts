// Nothing is lost and nothing is left behind: the rows are the trips that were acknowledged, as they were acknowledged last.
import type { Trip, Violation } from '../ledger.ts'
import type { StoredTrip } from '../snapshot.ts'
import type { Check } from './check.ts'

const expirable = new Set(['held', 'requested'])

/** Time may have ended a hold or a request without an answer to anybody; everything else is as it was acknowledged. */
function differences(trip: Trip, row: StoredTrip): string[] {
  const silent = row.version > trip.version
  const pairs: [string, unknown, unknown][] = [
    ['startDate', Date.parse(trip.startDate) * 1000, row.starts],
    ['endDate', Date.parse(trip.endDate) * 1000, row.ends],
    ['bookedById', trip.bookedById, row.bookedById],
    ['purpose', trip.purpose, row.purpose],
    // Trips that are not pinned to their car are moved to make room.
    ...(silent && !trip.pinned ? [] : ([['carId', trip.carId, row.carId]] as [string, unknown, unknown][])),
    ...(silent && expirable.has(trip.status) && row.status === 'expired'
      ? []
      : ([['status', trip.status, row.status]] as [string, unknown, unknown][])),
    ...(silent ? [] : ([['totalCost', trip.totalCost, row.totalCost]] as [string, unknown, unknown][])),
  ]
  return pairs.filter(([, was, is]) => was !== is).map(([name, was, is]) => `${name} ${was} is now ${is}`)
}

export const acknowledged: Check = {
  name: 'acknowledged',
  promise: 'every trip is stored as it was acknowledged last',
  during: false,
  judged: ({ ledger }) => ledger.newest.size,
  find: ({ snapshot, ledger }) => {
    const rows = new Map(snapshot.trips.map((row) => [row.id, row]))
    return [...ledger.newest.values()].flatMap(({ trip, by }): Violation[] => {
      const row = rows.get(trip.id)
      if (row === undefined) return []
      const found = (problem: string): Violation[] => [{ check: 'acknowledged', problem, tripId: trip.id, by }]
      if (row.version < trip.version) return found(`version ${trip.version} was acknowledged and version ${row.version} is stored`)
      const wrong = differences(trip, row)
      return wrong.length > 0 ? found(`what was acknowledged is not what is stored: ${wrong.join(', ')}`) : []
    })
  },
}

export const lost: Check = {
  name: 'lost',
  promise: 'every acknowledged trip exists',
  during: true,
  judged: ({ before }) => before.size,
  find: ({ snapshot, ledger, before }) => {
    const rows = new Set(snapshot.trips.map(({ id }) => id))
    return [...before]
      .filter((id) => !rows.has(id))
      .map((id) => ({ check: 'lost', problem: 'an acknowledged trip does not exist', tripId: id, by: ledger.newest.get(id)?.by }))
  },
}

export const refused: Check = {
  name: 'refused',
  promise: 'refusals and rehearsals left nothing',
  during: false,
  judged: ({ snapshot }) => snapshot.trips.length,
  find: ({ snapshot, ledger }) => [
    ...snapshot.trips
      .filter(({ id }) => !ledger.newest.has(id))
      .map(({ id, status }) => ({ check: 'refused', problem: `a ${status} trip exists that nobody was told of`, tripId: id })),
    ...snapshot.reviews
      .filter(({ id }) => !ledger.reviews.has(id))
      .map(({ id }) => ({ check: 'refused', problem: 'a review exists that nobody was told of', reviewId: id })),
  ],
}
