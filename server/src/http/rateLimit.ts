// Limits calls, not requests: a batch of ten counts ten. Counted per verified identity, for everybody else per address.
import { createHash } from 'node:crypto'
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Settings } from '../env.ts'
import { ApiError } from '../trpc/errors.ts'
import type { Identity, TokenIdentity } from './auth/verifier.ts'

/** How many calls a request carries. */
export type CallCounter = (request: FastifyRequest) => number

export async function limitCalls(app: FastifyInstance, limit: Settings['rateLimit'], callsOf: CallCounter): Promise<void> {
  await app.register(rateLimit, { global: false, max: limit.max, timeWindow: limit.windowMs, cache: 50_000 })
  const count = app.createRateLimit({
    keyGenerator: (request) => (isVerified(request.identity) ? keyOf(request.identity) : rateLimit.normalizeIP(request.ip)),
  })
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.unlimited === true) return
    for (let call = callsOf(request); call > 0; call -= 1) {
      const state = await count(request)
      if (state.isAllowed) return
      reply.headers({ 'ratelimit-limit': state.max, 'ratelimit-remaining': state.remaining, 'ratelimit-reset': state.ttlInSeconds })
      if (state.isExceeded) throw new ApiError('RATE_LIMITED', { retryAfterMs: Math.max(1, state.ttl) })
    }
  })
}

/** An API key has not been judged yet: counted by itself, every made-up key would begin with a count of its own. */
function isVerified(identity: Identity | null): identity is TokenIdentity {
  return identity !== null && 'subject' in identity
}

/** Hashed: a subject may be long, and keys live in memory. */
function keyOf(identity: TokenIdentity): string {
  return createHash('sha256')
    .update(JSON.stringify([identity.issuer, identity.subject]))
    .digest('base64')
}
