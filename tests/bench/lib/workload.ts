// What every workload answers: what each contestant reached, what is compared with which goal, and all that makes it no result.
import type { Stage } from './stage.ts'
import { ratioOf, type Settings, type Spread, type Standing } from './turns.ts'

export interface Goal {
  sign: '>=' | '<=' | '<'
  value: number
  /** Of a figure that is no ratio. */
  unit?: string
}

export interface Comparison {
  /** `ours / theirs`, or what was measured. */
  what: string
  /** What ours is a ratio to; null: the figure is no ratio. */
  beside: string | null
  value: Spread
  goal: Goal | null
  /** null: there is no goal, or no valid result. */
  met: boolean | null
}

export interface Result {
  id: string
  title: string
  standings: Standing[]
  comparisons: Comparison[]
  notes: string[]
  /** Not empty: this is no result. */
  faults: string[]
  skipped?: string
}

export interface Workload {
  id: string
  title: string
  /** At most so many seconds. */
  bound(settings: Settings): number
  run(stage: Stage, settings: Settings): Promise<Omit<Result, 'id' | 'title'>>
}

export const skip = (why: string): Omit<Result, 'id' | 'title'> => ({
  standings: [],
  comparisons: [],
  notes: [],
  faults: [],
  skipped: why,
})

const keeps = ({ sign, value }: Goal, measured: number): boolean =>
  sign === '>=' ? measured >= value : sign === '<=' ? measured <= value : measured < value

export const compare = (what: string, value: Spread, goal: Goal | null, beside: string | null = null): Comparison => ({
  what,
  beside,
  value,
  goal,
  met: goal === null ? null : keeps(goal, value.median),
})

/** Ours over each rival that has a goal. */
export function compareRates(standings: readonly Standing[], goals: Readonly<Record<string, number>>): Comparison[] {
  const [ours, ...others] = standings
  if (ours === undefined) return []
  return others.map((rival) => {
    const goal = goals[rival.name]
    return compare(
      `${ours.name} / ${rival.name}`,
      ratioOf(ours, rival),
      goal === undefined ? null : { sign: '>=', value: goal },
      rival.name,
    )
  })
}

export const faultsOfAll = (standings: readonly Standing[]): string[] =>
  standings.flatMap(({ name, shots }) =>
    shots.flatMap(({ faults }, round) => faults.map((fault) => `${name}, round ${round + 1}: ${fault}`)),
  )
