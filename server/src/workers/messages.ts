// What the primary and its workers say to each other.
import type { Settings } from '../env.ts'

export type ToWorker =
  /** Begin to serve. Settings travel here and not in the environment: they hold passwords. */
  | { fleetflow: 'serve'; settings: Settings }
  /** Finish what is under way and end. */
  | { fleetflow: 'stop' }
  /** The metrics of all workers, or why there are none. */
  | ({ fleetflow: 'metrics'; question: number } & ({ text: string } | { trouble: string }))

export type ToPrimary =
  | { fleetflow: 'listening'; url: string }
  /** It could not begin to serve. */
  | { fleetflow: 'failed'; trouble: Trouble }
  | { fleetflow: 'metrics'; question: number }

/** An error as far as a person is told of it. */
export interface Trouble {
  message: string
  code: string | undefined
  /** What the settings lack. */
  problems: readonly string[] | undefined
}

/** The library that adds metrics up, and Node itself, talk over the same channel. */
export function isOurs<T extends ToWorker | ToPrimary>(message: unknown): message is T {
  return typeof message === 'object' && message !== null && 'fleetflow' in message
}
