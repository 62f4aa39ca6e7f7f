// The base procedures: what a procedure may rely on before its first line. Authorisation beyond "signed in" is the database's.
import type { ZodType } from 'zod'
import { z } from 'zod'
import { ApiError } from './errors.ts'
import { publicProcedure } from './init.ts'

/** Somebody is signed in: `ctx.actor` is not null. */
export const signedInProcedure = publicProcedure.use(({ ctx, next, batchIndex }) => {
  if (ctx.actor === null) throw new ApiError('UNAUTHENTICATED')
  return next({ ctx: { actor: ctx.actor, call: batchIndex } })
})

/** The output of a procedure: whatever the database answered must have exactly this shape. */
export function answer<T>(schema: ZodType<T, T>): ZodType<T, unknown> {
  return z.unknown().pipe(schema)
}
