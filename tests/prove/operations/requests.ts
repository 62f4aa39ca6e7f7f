// Requests, which arise where a renter books a car that is not instantly bookable, and the fleet's answers to them.
import { type Operation, theTrip, to } from '../operation.ts'
import { asker, inStatus, pickTrip } from '../scene.ts'

export const approve: Operation = {
  name: 'approve',
  procedure: 'trips.approve',
  weight: 5,
  call: (draw, scene) => {
    const trip = pickTrip(scene, draw.pick, inStatus('requested'))
    return trip && to('approve_trip_rpc', asker(scene, { who: draw.dice < 950 ? 'manager' : 'renter' }, trip), { trip_id: trip.id })
  },
  trips: theTrip,
}

export const decline: Operation = {
  name: 'decline',
  procedure: 'trips.decline',
  weight: 3,
  call: (draw, scene) => {
    const trip = pickTrip(scene, draw.pick, inStatus('requested'))
    return trip && to('decline_trip_rpc', scene.fleet.managerId, { trip_id: trip.id, reason: 'Not that day', version: trip.version })
  },
  trips: theTrip,
}
