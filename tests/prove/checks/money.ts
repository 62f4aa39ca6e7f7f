// Money: every total is the sum of its lines, and the price of every rental under way is what this file computes for its period.

import { prices } from '../fleet.ts'
import type { Violation } from '../ledger.ts'
import type { StoredTrip } from '../snapshot.ts'
import { type Check, groupBy } from './check.ts'

export const totals: Check = {
  name: 'totals',
  promise: 'every total is the sum of its lines',
  during: true,
  judged: ({ snapshot }) => snapshot.trips.length,
  find: ({ snapshot }) => {
    const lines = groupBy(snapshot.lines, ({ tripId }) => tripId)
    return snapshot.trips.flatMap(({ id, totalCost }): Violation[] => {
      const sum = (lines.get(id) ?? []).reduce((total, { amount }) => total + amount, 0)
      return sum === totalCost ? [] : [{ check: 'totals', problem: `the total is ${totalCost} and its lines are ${sum}`, tripId: id }]
    })
  },
}

const hour = 3_600_000_000
const grace = 59 * 60_000_000

/** Docs/booking.md for a plan of a day, an hour and a minimum, in UTC, where a day by the wall clock has 24 hours. */
function priceOf(starts: number, ends: number): number {
  const elapsed = ends - starts
  const days = Math.floor(elapsed / (24 * hour))
  const rest = elapsed - days * 24 * hour
  const hours = Math.min(Math.ceil(rest / hour) * prices.hour, prices.day)
  const total = days === 0 ? hours : days * prices.day + (rest <= grace ? 0 : hours)
  return Math.max(total, prices.minimum)
}

/** Neither cancelled (refunds) nor returned (late returns): what is due is the price of the period. */
const asBooked = ({ purpose, status }: StoredTrip): boolean =>
  purpose === 'rental' && ['held', 'requested', 'confirmed', 'active'].includes(status)

export const quotes: Check = {
  name: 'prices',
  promise: 'every rental under way costs what its period costs, and at least the fee that a change cannot evade',
  during: true,
  judged: ({ snapshot }) => snapshot.trips.filter(asBooked).length,
  find: ({ snapshot }) => {
    const kept = groupBy(
      snapshot.lines.filter(({ kind }) => kind === 'cancellation'),
      ({ tripId }) => tripId,
    )
    return snapshot.trips.filter(asBooked).flatMap(({ id, starts, ends, totalCost }): Violation[] => {
      const price = priceOf(starts, ends) + (kept.get(id) ?? []).reduce((total, { amount }) => total + amount, 0)
      return price === totalCost ? [] : [{ check: 'prices', problem: `the total is ${totalCost} and the price is ${price}`, tripId: id }]
    })
  },
}
