// Cancellations, by the renter and by the fleet, of the version seen or of whatever is there.
import { type Operation, theTrip, to } from '../operation.ts'
import { asker, inStatus, pickTrip } from '../scene.ts'

export const cancel: Operation = {
  name: 'cancel',
  procedure: 'trips.cancel',
  weight: 12,
  call: (draw, scene) => {
    const trip = pickTrip(scene, draw.pick, inStatus('held', 'requested', 'confirmed'))
    const version = trip && draw.dice % 2 === 0 ? trip.version : null
    const reason = draw.who === 'manager' ? 'The car is needed' : null
    return trip && to('cancel_trip_rpc', asker(scene, draw, trip), { trip_id: trip.id, reason, version })
  },
  trips: theTrip,
}
