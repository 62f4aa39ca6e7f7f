// The life of every trip, version by version, is a path of the transition table, which this file writes down once more.
import type { Violation } from '../ledger.ts'
import type { Check } from './check.ts'

const steps: Record<string, readonly string[]> = {
  none: ['held', 'requested', 'confirmed'],
  held: ['requested', 'confirmed', 'expired', 'cancelled'],
  requested: ['confirmed', 'declined', 'expired', 'cancelled'],
  // Completed without having been active: what is no rental, at its end.
  confirmed: ['cancelled', 'active', 'no_show', 'completed'],
  active: ['completed'],
}

export const mayFollow = (from: string, to: string): boolean => from === to || (steps[from] ?? []).includes(to)

/** States that can be reached from this one, itself among them: for two versions with unseen ones in between. */
function reachable(from: string): Set<string> {
  const found = new Set([from])
  for (const state of found) for (const next of steps[state] ?? []) found.add(next)
  return found
}

export const histories: Check = {
  name: 'histories',
  promise: 'what was acknowledged of every trip is a path of the transition table',
  during: false,
  judged: ({ ledger }) => [...ledger.versions.values()].reduce((sum, versions) => sum + versions.size, 0),
  find: ({ ledger }) =>
    [...ledger.versions].flatMap(([tripId, versions]): Violation[] => {
      const seen = [...versions].sort(([a], [b]) => a - b)
      return seen.flatMap(([version, { trip, by }], i): Violation[] => {
        const [before, earlier] = seen[i - 1] ?? [0, undefined]
        const from = earlier?.trip.status ?? 'none'
        const fine = version === before + 1 ? mayFollow(from, trip.status) : reachable(from).has(trip.status)
        return fine ? [] : [{ check: 'histories', problem: `${from} became ${trip.status}`, tripId, version, by }]
      })
    }),
}
