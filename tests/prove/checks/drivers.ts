// A driver is on one trip at a time, whatever car it is: a sweep over the trips that are planned or under way.
import type { Violation } from '../ledger.ts'
import type { Snapshot, StoredTrip } from '../snapshot.ts'
import { type Check, groupBy } from './check.ts'

/** Dead holds and requests bind nobody; what is over is history. */
const bound = ({ now, trips }: Snapshot): StoredTrip[] =>
  trips.filter(
    ({ driverId, status, holdExpiresAt, respondBy }) =>
      driverId !== null &&
      (['confirmed', 'active'].includes(status) ||
        (status === 'held' && (holdExpiresAt ?? 0) > now) ||
        (status === 'requested' && (respondBy ?? 0) > now)),
  )

export const drivers: Check = {
  name: 'drivers',
  promise: 'no driver is on two trips at once',
  during: true,
  judged: ({ snapshot }) => bound(snapshot).length,
  find: ({ snapshot }) =>
    [...groupBy(bound(snapshot), ({ driverId }) => driverId ?? '')].flatMap(([driverId, trips]): Violation[] => {
      const inOrder = trips.sort((a, b) => a.starts - b.starts)
      return inOrder.flatMap((trip, i): Violation[] => {
        const before = inOrder.slice(0, i).find(({ ends }) => ends > trip.starts)
        return before ? [{ check: 'drivers', problem: 'a driver is on two trips at once', driverId, tripIds: [before.id, trip.id] }] : []
      })
    }),
}
