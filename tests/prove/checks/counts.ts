// What is counted or limited: reviews and the ratings of their cars, one active trip a car, live holds a renter, drivers.
import type { Violation } from '../ledger.ts'
import type { StoredTrip } from '../snapshot.ts'
import { type Check, groupBy } from './check.ts'

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

const perCar = (problem: string, trips: StoredTrip[], most: number): Violation[] =>
  [...groupBy(trips, ({ carId }) => carId)]
    .filter(([, group]) => group.length > most)
    .map(([carId, group]) => ({ check: 'limits', problem, carId, tripIds: group.map(({ id }) => id) }))

export const limits: Check = {
  name: 'limits',
  promise: 'a car has at most one active trip',
  during: true,
  judged: ({ snapshot }) => snapshot.cars.length,
  find: ({ snapshot }) =>
    perCar(
      'a car is on two trips at once',
      snapshot.trips.filter(({ status }) => status === 'active'),
      1,
    ),
}
