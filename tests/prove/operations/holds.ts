// Holds and what becomes of them: the holder books, or books something near enough to take the hold along.
import { type Operation, theTrip, to } from '../operation.ts'
import { carOf, inStatus, periodOf, pickTrip, renterOf, shifted } from '../scene.ts'

export const hold: Operation = {
  name: 'hold',
  procedure: 'trips.hold',
  weight: 10,
  call: (draw, scene) =>
    to('hold_trip_rpc', draw.who === 'manager' && draw.dice < 300 ? scene.fleet.managerId : renterOf(scene, draw), {
      car_id: carOf(scene, draw),
      ...periodOf(scene, draw),
      minutes: 1 + (draw.dice % 30),
    }),
  trips: theTrip,
}

/** A hold becomes the booking that its holder makes over it. */
export const confirm: Operation = {
  name: 'confirm',
  procedure: 'trips.create',
  weight: 10,
  call: (draw, scene) => {
    const held = pickTrip(scene, draw.pick, inStatus('held'))
    if (held === undefined) return undefined
    const longer = draw.dice < 300 ? 60 : 0
    const period = { start_date: held.startDate, end_date: shifted(held.endDate, longer) }
    return to('create_trip_rpc', held.bookedById, { car_id: held.carId, ...period })
  },
  trips: theTrip,
}
