// tRPC is initialised here, once: the error shape that every client sees, and no development mode (it would send stack traces).
import { initTRPC } from '@trpc/server'
import { type TRPC_ERROR_CODE_NUMBER, TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc'
import { trpcKeyOf } from './codes.ts'
import type { Context } from './context.ts'
import { type ErrorEnvelope, toEnvelope } from './errors.ts'

export interface ErrorShape {
  code: TRPC_ERROR_CODE_NUMBER
  message: string
  data: ErrorEnvelope
}

/** What tRPC sends for an envelope, also used for refusals that happen before tRPC is reached. */
export function errorShape(envelope: ErrorEnvelope): ErrorShape {
  return { code: TRPC_ERROR_CODES_BY_KEY[trpcKeyOf(envelope.code)], message: envelope.message, data: envelope }
}

const t = initTRPC.context<Context>().create({
  isDev: false,
  isServer: true,
  errorFormatter: ({ error, ctx }): ErrorShape => errorShape(toEnvelope(error, ctx?.requestId ?? crypto.randomUUID())),
})

export const router = t.router
export const createCallerFactory = t.createCallerFactory

/** Every procedure: whoever bounds what is under way is told when it begins and when it has ended. */
export const publicProcedure = t.procedure.use(async ({ ctx, next }) => {
  const ended = ctx.onCall?.()
  try {
    return await next()
  } finally {
    ended?.()
  }
})
