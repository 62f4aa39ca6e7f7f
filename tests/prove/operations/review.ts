// Reviews of completed rentals; several callers try to review the same one.
import { noTrip, type Operation, to } from '../operation.ts'

interface Review {
  id: string
  carId: string
  tripId: string
  rating: number
}

export const review: Operation = {
  name: 'review',
  procedure: 'reviews.create',
  weight: 4,
  call: (draw, scene) => {
    const { completed } = scene.ledger
    const trip = completed[draw.pick % completed.length]
    const rating = 1 + (draw.dice % 5)
    return trip && to('create_review_rpc', draw.who === 'stranger' ? scene.fleet.strangerId : trip.bookedById, { trip_id: trip.id, rating })
  },
  trips: noTrip,
  note: (answer, { ledger }) => {
    const { id, carId, tripId, rating } = answer as Review
    ledger.reviews.set(id, { carId, tripId, rating })
  },
}
