// What is counted or limited: reviews and the ratings of their cars, one active trip a car, live holds a renter, drivers.
import { maxOpenTrips } from '../fleet.ts'
import type { Violation } from '../ledger.ts'
import type { StoredTrip } from '../snapshot.ts'
import { type Check, type Evidence, groupBy } from './check.ts'

export const ratings: Check = {
  name: 'ratings',
  promise: "every review is stored once and every car's rating follows its reviews",
  during: false,
  judged: ({ ledger }) => ledger.reviews.size,
  find: ({ snapshot, ledger }) => {
    const rows = new Map(snapshot.reviews.map((row) => [row.id, row]))
    const wrong = [...ledger.reviews].filter(([id, { rating, tripId }]) => {
      const row = rows.get(id)
      return row?.rating !== rating || row.tripId !== tripId
    })
    const twice = [...groupBy(snapshot.reviews, ({ tripId }) => tripId)].filter(([, reviews]) => reviews.length > 1)
    const byCar = groupBy(snapshot.reviews, ({ carId }) => carId)
    const cars = snapshot.cars.filter(({ id, ratingSum, totalReviews, histogram }) => {
      const own = byCar.get(id) ?? []
      const counts = [1, 2, 3, 4, 5].map((stars) => own.filter(({ rating }) => rating === stars).length)
      const sum = own.reduce((total, { rating }) => total + rating, 0)
      return sum !== ratingSum || own.length !== totalReviews || JSON.stringify(counts) !== JSON.stringify(histogram)
    })
    return [
      ...wrong.map(([id]) => ({ check: 'ratings', problem: 'an acknowledged review is not stored as it was given', reviewId: id })),
      ...twice.map(([tripId]) => ({ check: 'ratings', problem: 'a trip was reviewed twice', tripId })),
      ...cars.map(({ id }) => ({ check: 'ratings', problem: "a car's rating differs from its reviews", carId: id })),
    ]
  },
}

const more = (problem: string, most: number, groups: Map<string, StoredTrip[]>): Violation[] =>
  [...groups]
    .filter(([, trips]) => trips.length > most)
    .map(([of, trips]) => ({ check: 'limits', problem, of, tripIds: trips.map(({ id }) => id) }))

/** Trips that count towards the quota and did when they were booked: nobody has moved them since. */
const open = ({ snapshot: { trips, now }, ledger }: Evidence): StoredTrip[] =>
  trips.filter(({ id, purpose, status, starts, ends, holdExpiresAt, respondBy }) => {
    const first = ledger.versions.get(id)?.get(1)?.trip
    const unmoved = first !== undefined && Date.parse(first.startDate) * 1000 === starts && Date.parse(first.endDate) * 1000 === ends
    const live =
      status === 'confirmed'
        ? ends > now
        : (status === 'held' && (holdExpiresAt ?? 0) > now) || (status === 'requested' && (respondBy ?? 0) > now)
    return purpose === 'rental' && unmoved && live
  })

export const limits: Check = {
  name: 'limits',
  promise: 'one active trip a car, three live holds a renter, and the quota of open trips',
  during: true,
  judged: (evidence) => open(evidence).length,
  find: (evidence) => {
    const { managerId } = evidence.fleet
    const { now, trips } = evidence.snapshot
    const active = trips.filter(({ status }) => status === 'active')
    const ofRenters = (some: StoredTrip[]) =>
      groupBy(
        some.filter(({ bookedById }) => bookedById !== managerId),
        ({ bookedById }) => bookedById,
      )
    const held = trips.filter(({ status, holdExpiresAt }) => status === 'held' && (holdExpiresAt ?? 0) > now)
    return [
      ...more(
        'a car is on two trips at once',
        1,
        groupBy(active, ({ carId }) => carId),
      ),
      ...more('a renter has more live holds than three', 3, ofRenters(held)),
      ...more('a renter has more open trips than the quota', maxOpenTrips, ofRenters(open(evidence))),
    ]
  },
}
