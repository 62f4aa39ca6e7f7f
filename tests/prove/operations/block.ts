// Maintenance: a car is asked for, the trips in the way are listed with a plan, and the plan is carried out, perhaps too late.
import type { Ledger, Trip } from '../ledger.ts'
import { type Operation, to } from '../operation.ts'
import { carOf, periodOf, type Scene } from '../scene.ts'

interface Move {
  tripId: string
  version: number
  carId: string
}

interface Answer {
  trip: Trip | null
  plan: { moves: Move[] } | null
}

const plain = (draw: Parameters<typeof carOf>[1], scene: Scene) => ({ car_id: carOf(scene, draw), ...periodOf(scene, draw) })

/** A trip that a plan has moved: one version on, and on the car that the plan names. */
function moved(ledger: Ledger, { tripId, version, carId }: Move): Trip[] {
  const known = ledger.versions.get(tripId)?.get(version) ?? ledger.newest.get(tripId)
  return known ? [{ ...known.trip, carId, version: version + 1 }] : []
}

export const planBlock: Operation = {
  name: 'plan a block',
  procedure: 'trips.block',
  weight: 3,
  rehearsal: 'always',
  call: (draw, scene) => to('block_car_rpc', scene.fleet.managerId, plain(draw, scene)),
  trips: () => [],
  rehearsed: (answer, call, { plans }) => {
    const { plan } = answer as Answer
    if (plan !== null) plans.push({ ...call, args: { ...call.args, plan } })
    if (plans.length > 8) plans.shift()
  },
}

export const block: Operation = {
  name: 'block',
  procedure: 'trips.block',
  weight: 4,
  rehearsal: 'never',
  call: (draw, scene) =>
    draw.dice < 800 && scene.plans.length > 0
      ? (scene.plans.splice(draw.pick % scene.plans.length, draw.dice % 2)[0] ?? scene.plans[draw.pick % scene.plans.length])
      : to('block_car_rpc', scene.fleet.managerId, plain(draw, scene)),
  trips: (answer, { ledger }) => {
    const { trip, plan } = answer as Answer
    return [...(trip === null ? [] : [trip]), ...(plan?.moves ?? []).flatMap((move) => moved(ledger, move))]
  },
}
