// Runs a mutation that hands out a secret: made here, known to the database by its hash alone, and shown once.
import { createHash, randomBytes } from 'node:crypto'
import type { Arguments, SecretName } from '@fleetflow/db'
import { perform as performIn } from '@fleetflow/db'
import type { Context } from './context.ts'
import { reportReplay } from './perform.ts'

export type SecretPrefix = 'ffk_' | 'ffi_'

/** 256 random bits: a plain hash of them cannot be searched for. */
function makeSecret(prefix: SecretPrefix): string {
  return prefix + randomBytes(32).toString('base64url')
}

/** By which the database knows a secret: SHA-256 in hex. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/**
 * The mutation's answer and `secret`; null where an idempotency key answers again, because nobody knows it any more.
 * The function gets `secret_hash` (64 hex digits) and, if it has a parameter for it, `secret_hint` (the last four characters).
 * Errors: DatabaseError.
 */
export async function performWithSecret<F extends SecretName>(
  ctx: Context,
  fn: F,
  args: Omit<Arguments<F>, 'secret_hash' | 'secret_hint'>,
  prefix: SecretPrefix,
): Promise<unknown> {
  const secret = makeSecret(prefix)
  const whole = { ...args, secret_hash: hashOf(secret), secret_hint: secret.slice(-4) } as unknown as Arguments<F>
  const { answer, replayed } = await reportReplay(ctx, () => performIn(ctx.database, fn, whole))
  return { ...(answer as object), secret: replayed ? null : secret }
}
