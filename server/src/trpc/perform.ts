// Runs a mutation of the database for a procedure, and lets the transport say when the answer is one that was given before.
import { type Arguments, DatabaseError, type MutationName, perform as performIn } from '@fleetflow/db'
import type { Context } from './context.ts'

/** Errors: DatabaseError. */
export async function perform<F extends MutationName>(ctx: Context, fn: F, args: Arguments<F>): Promise<unknown> {
  try {
    const { answer, replayed } = await performIn(ctx.database, fn, args)
    if (replayed) ctx.onReplay?.(ctx.call ?? 0)
    return answer
  } catch (error) {
    if (error instanceof DatabaseError && error.replayed) ctx.onReplay?.(ctx.call ?? 0)
    throw error
  }
}
