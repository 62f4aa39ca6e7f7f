// Trips that get another car: one alone, and two that swap.
import { type Operation, theTrip, to } from '../operation.ts'
import { asker, inStatus, otherCarOf, pickTrip } from '../scene.ts'

export const changeCar: Operation = {
  name: 'change car',
  procedure: 'trips.modify',
  weight: 5,
  call: (draw, scene) => {
    const trip = pickTrip(scene, draw.pick, inStatus('confirmed'))
    return (
      trip && to('modify_trip_rpc', asker(scene, { ...draw, who: 'manager' }, trip), { trip_id: trip.id, car_id: otherCarOf(scene, draw) })
    )
  },
  trips: theTrip,
}

export const swap: Operation = {
  name: 'swap',
  procedure: 'trips.swap',
  weight: 8,
  call: (draw, scene) => {
    const [one, other] = [draw.pick, draw.otherPick].map((pick) => pickTrip(scene, pick, inStatus('confirmed')))
    const who = draw.who === 'stranger' ? scene.fleet.strangerId : scene.fleet.managerId
    return one && other && to('swap_trips_rpc', who, { trip_id: one.id, other_trip_id: other.id })
  },
  trips: (answer) => (answer as { trips: ReturnType<typeof theTrip> }).trips,
}

export const assignDriver: Operation = {
  name: 'assign a driver',
  procedure: 'trips.modify',
  weight: 4,
  call: (draw, scene) => {
    const trip = pickTrip(scene, draw.pick, inStatus('confirmed'))
    const { managerId, driverIds } = scene.fleet
    const driver = draw.dice < 900 ? { driver_id: driverIds[draw.dice % driverIds.length] ?? null } : { drop_driver: true }
    return trip && to('modify_trip_rpc', managerId, { trip_id: trip.id, ...driver })
  },
  trips: theTrip,
}
