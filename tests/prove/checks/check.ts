// What a check is: a judgement of the stored rows by plain TypeScript, against each other or against what was acknowledged.
import type { SeenEvent } from '../events.ts'
import type { Ledger, Violation } from '../ledger.ts'
import type { Fleet } from '../scene.ts'
import type { Snapshot } from '../snapshot.ts'

export interface Evidence {
  fleet: Fleet
  snapshot: Snapshot
  ledger: Ledger
  /** Trips that had been acknowledged before the rows were read. */
  before: ReadonlySet<string>
  /** What a subscriber has read, in its order. */
  events: readonly SeenEvent[]
}

export interface Check {
  /** As the report and violations name it. */
  name: string
  /** What holds when it finds nothing, for the report. */
  promise: string
  /** Also judged while the run goes on. */
  during: boolean
  /** How many things it looked at: a check that saw nothing proves nothing. */
  judged(evidence: Evidence): number
  find(evidence: Evidence): Violation[]
}

export const occupying = new Set(['held', 'requested', 'confirmed', 'active', 'completed'])

export function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(key(item))
    if (group) group.push(item)
    else groups.set(key(item), [item])
  }
  return groups
}
