// Runs a mutation of the database for a procedure, and lets the transport say when the answer is one that was given before.
import { type Arguments, DatabaseError, type MutationName, type Outcome, perform as performIn } from '@fleetflow/db'
import type { Context } from './context.ts'

/** Errors: DatabaseError. */
export async function perform<F extends MutationName>(ctx: Context, fn: F, args: Arguments<F>): Promise<unknown> {
  const { answer } = await reportReplay(ctx, () => performIn(ctx.database, fn, args))
  return answer
}

/** The outcome of a mutation, or its refusal; tells the transport when an idempotency key has answered. */
export async function reportReplay(ctx: Context, mutate: () => Promise<Outcome>): Promise<Outcome> {
  try {
    const outcome = await mutate()
    if (outcome.replayed) ctx.onReplay?.(ctx.call ?? 0)
    return outcome
  } catch (error) {
    if (error instanceof DatabaseError && error.replayed) ctx.onReplay?.(ctx.call ?? 0)
    throw error
  }
}
