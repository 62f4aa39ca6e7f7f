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
  const shape = z.unknown().pipe(schema)
  // tRPC asks for a promise, for which Zod walks the schema step by step; nothing here waits, and compiled it takes a quarter of the time.
  shape.parseAsync = async (value, params) => shape.parse(value, params)
  return shape
}
