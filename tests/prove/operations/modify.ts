// Changes of a trip's times, with and without the version that the caller has seen.
import { type Operation, theTrip, to } from '../operation.ts'
import { asker, inStatus, periodOf, pickTrip, shifted } from '../scene.ts'

export const modify: Operation = {
  name: 'modify',
  procedure: 'trips.modify',
  weight: 10,
  call: (draw, scene) => {
    const trip = pickTrip(scene, draw.pick, inStatus('confirmed', 'held', 'requested'))
    return trip && to('modify_trip_rpc', asker(scene, draw, trip), { trip_id: trip.id, ...periodOf(scene, draw) })
  },
  trips: theTrip,
}

export const extend: Operation = {
  name: 'extend',
  procedure: 'trips.modify',
  weight: 10,
  call: (draw, scene) => {
    const trip = pickTrip(scene, draw.pick, inStatus('confirmed', 'active'))
    const end_date = trip && shifted(trip.endDate, 30 * (1 + (draw.dice % 12)))
    return trip && to('modify_trip_rpc', asker(scene, draw, trip), { trip_id: trip.id, end_date, version: trip.version })
  },
  trips: theTrip,
}
