// What every procedure is given: who calls, where the data is, and which request this is.
import type { Actor, Database } from '@fleetflow/db'

export interface Context {
  database: Database
  /** null: nobody is signed in. */
  actor: Actor | null
  requestId: string
  /** The place of this call in its request, from 0. */
  call?: number | undefined
  /** Called when a call begins; answers what to call when it has ended. */
  onCall?: (() => () => void) | undefined
  /** Called with that place when an idempotency key has answered instead of the procedure. */
  onReplay?: ((call: number) => void) | undefined
}
