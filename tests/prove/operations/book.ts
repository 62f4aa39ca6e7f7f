// Bookings of one car: by a renter, by the fleet for a renter, and of the past by the fleet.
import { type Operation, theTrip, to } from '../operation.ts'
import { carOf, pastPeriodOf, periodOf, renterOf } from '../scene.ts'

export const book: Operation = {
  name: 'book',
  procedure: 'trips.create',
  weight: 24,
  call: (draw, scene) => to('create_trip_rpc', renterOf(scene, draw), { car_id: carOf(scene, draw), ...periodOf(scene, draw) }),
  trips: theTrip,
}

export const bookForRenter: Operation = {
  name: 'book for a renter',
  procedure: 'trips.create',
  weight: 4,
  call: (draw, scene) =>
    to('create_trip_rpc', scene.fleet.managerId, {
      car_id: carOf(scene, draw),
      user_id: renterOf(scene, draw),
      ...periodOf(scene, draw),
      purpose: draw.dice < 800 ? 'rental' : 'maintenance',
    }),
  trips: theTrip,
}

/** What starts, late returns and no-shows are about: a fleet may enter what began an hour or months ago. */
export const enterPast: Operation = {
  name: 'enter a past rental',
  procedure: 'trips.create',
  weight: 8,
  call: (draw, scene) =>
    to('create_trip_rpc', scene.fleet.managerId, {
      car_id: carOf(scene, draw),
      user_id: renterOf(scene, draw),
      ...pastPeriodOf(scene, draw),
    }),
  trips: theTrip,
}
