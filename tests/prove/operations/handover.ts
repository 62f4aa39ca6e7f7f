// The car is handed over and comes back, early or late, or nobody comes for it.

import type { Trip } from '../ledger.ts'
import { type Operation, theTrip, to } from '../operation.ts'
import { asker, carOf, inStatus, pickTrip, renterOf, type Scene, shifted } from '../scene.ts'

const nowIso = ({ now }: Scene): string => new Date(now()).toISOString()

/** A trip that begins within minutes, so that it can be started, returned early and booked over again. */
export const bookSoon: Operation = {
  name: 'book for now',
  procedure: 'trips.create',
  weight: 6,
  call: (draw, scene) => {
    const start_date = shifted(nowIso(scene), 1 + (draw.dice % 25))
    return to('create_trip_rpc', renterOf(scene, draw), {
      car_id: carOf(scene, draw),
      start_date,
      end_date: shifted(start_date, draw.minutes),
    })
  },
  trips: theTrip,
}

const startable =
  (scene: Scene) =>
  (trip: Trip): boolean =>
    trip.status === 'confirmed' && trip.purpose === 'rental' && Date.parse(trip.startDate) < scene.now() + 30 * 60_000

export const start: Operation = {
  name: 'start',
  procedure: 'trips.start',
  weight: 9,
  call: (draw, scene) => {
    const trip = pickTrip(scene, draw.pick, draw.dice < 900 ? startable(scene) : inStatus('confirmed', 'held'))
    return trip && to('start_trip_rpc', asker(scene, draw, trip), { trip_id: trip.id })
  },
  trips: theTrip,
}

/** Late where the trip should be over, early where it should not. */
export const giveBack: Operation = {
  name: 'return',
  procedure: 'trips.complete',
  weight: 9,
  call: (draw, scene) => {
    const trip = pickTrip(scene, draw.pick, inStatus('active'))
    return trip && to('complete_trip_rpc', asker(scene, draw, trip), { trip_id: trip.id })
  },
  trips: theTrip,
}

export const noShow: Operation = {
  name: 'no-show',
  procedure: 'trips.noShow',
  weight: 3,
  call: (draw, scene) => {
    const trip = pickTrip(scene, draw.pick, startable(scene))
    return trip && to('no_show_trip_rpc', draw.who === 'stranger' ? scene.fleet.strangerId : scene.fleet.managerId, { trip_id: trip.id })
  },
  trips: theTrip,
}
