// What an operation of the harness is: one entry function, how its input follows from a draw, and what its answer acknowledges.
import type { Arguments, MutationName } from '@fleetflow/db'
import { functions } from '@fleetflow/db'
import type { reasons } from '@fleetflow/server'
import type { Trip } from './ledger.ts'
import type { Draw } from './plan.ts'
import type { Scene } from './scene.ts'

export interface Call {
  fn: MutationName
  /** By parameter; `actor` among them, the idempotency key and the dry run not. */
  args: Readonly<Record<string, unknown>>
}

export interface Operation {
  /** As the report shows it. */
  name: string
  /** The procedure whose reasons are all that may be answered. */
  procedure: keyof typeof reasons
  /** Tickets in the lottery of the plan. */
  weight: number
  /** The call that a draw stands for now; undefined when there is nothing yet that it could be about. */
  call(draw: Draw, scene: Scene): Call | undefined
  /** Dry runs: every time, never, or (where the function knows them) when the draw says so. */
  rehearsal?: 'always' | 'never'
  /** The trips that an answer promises. */
  trips(answer: unknown, scene: Scene): Trip[]
  /** What a dry run is good for. */
  rehearsed?(answer: unknown, call: Call, scene: Scene): void
  /** Other promises of the answer, for checks of their own. */
  note?(answer: unknown, scene: Scene): void
}

/** A call whose arguments are checked against the function's signature. */
export function to<F extends MutationName>(fn: F, userId: string, args: Omit<Arguments<F>, 'actor'>): Call {
  return { fn, args: { ...args, actor: { userId } } }
}

/** Whether a call can be rehearsed. */
export const canRehearse = ({ fn }: Call): boolean => 'dry_run' in functions[fn]

/** For operations that answer a trip. */
export const theTrip = (answer: unknown): Trip[] => [answer as Trip]

/** For operations that answer none. */
export const noTrip = (): Trip[] => []
