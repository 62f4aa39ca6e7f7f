// Bookings that the database chooses or multiplies: any car of a class, and recurrences.
import type { Trip } from '../ledger.ts'
import { type Operation, theTrip, to } from '../operation.ts'
import { carOf, periodOf, renterOf } from '../scene.ts'

export const bookClass: Operation = {
  name: 'book a class',
  procedure: 'trips.createInClass',
  weight: 8,
  call: (draw, scene) =>
    to('create_trip_in_class_rpc', renterOf(scene, draw), {
      fleet: scene.fleet.slug,
      car_class: 'van',
      ...periodOf(scene, draw),
      allocation: draw.dice < 700 ? 'auto' : 'pinned',
    }),
  trips: theTrip,
}

/** Local times of a car in UTC. */
const local = (instant: string, day: number): string => new Date(Date.parse(instant) + day * 86_400_000).toISOString().slice(0, 16)

export const bookSeries: Operation = {
  name: 'book a series',
  procedure: 'trips.createSeries',
  weight: 3,
  call: (draw, scene) => {
    const { start_date } = periodOf(scene, draw)
    const days = Array.from({ length: 2 + (draw.dice % 4) }, (_, day) => day)
    return to('create_trip_series_rpc', renterOf(scene, draw), {
      car_id: carOf(scene, draw),
      local_starts: days.map((day) => local(start_date, day)),
      minutes: Math.min(draw.minutes, 480),
      on_conflict: draw.dice < 700 ? 'skip' : 'refuse',
    })
  },
  trips: (answer) => (answer as { trips: Trip[] }).trips,
}
