// What a subscriber has read: every version of every trip once, in order and without a gap, each a step of the transition table.
import type { Violation } from '../ledger.ts'
import { type Check, groupBy } from './check.ts'
import { mayFollow } from './histories.ts'

export const events: Check = {
  name: 'events',
  promise: 'a subscriber has seen every change of every trip, in order, each an allowed step',
  during: false,
  judged: ({ events }) => events.length,
  find: ({ events, snapshot, ledger }) => {
    const byTrip = groupBy(
      events.filter(({ entity }) => entity === 'trip'),
      ({ entityId }) => entityId,
    )
    return snapshot.trips.flatMap(({ id, version, status }): Violation[] => {
      const story = byTrip.get(id) ?? []
      const found = (problem: string): Violation[] => [
        {
          check: 'events',
          problem,
          tripId: id,
          versions: story.map((event) => event.version),
          stored: version,
          by: ledger.newest.get(id)?.by,
        },
      ]
      const seen = new Set(story.map((event) => event.version))
      const missing = Array.from({ length: version }, (_, i) => i + 1).filter((number) => !seen.has(number))
      if (missing.length > 0) return found(`a subscriber never saw version ${missing.join(', ')}`)
      if (story.length > seen.size) return found('a subscriber saw a version twice')
      if (story.some((event, i) => (event.version ?? 0) <= (story[i - 1]?.version ?? 0)))
        return found('a subscriber saw versions out of order')
      const steps = story.map((event, i) => [story[i - 1]?.status ?? 'none', event.status ?? 'none'] as const)
      const wrong = steps.find(([from, to]) => !mayFollow(from, to))
      if (wrong !== undefined) return found(`${wrong[0]} became ${wrong[1]}`)
      return story.at(-1)?.status === status ? [] : found(`the last event says ${story.at(-1)?.status} and the row ${status}`)
    })
  },
}
