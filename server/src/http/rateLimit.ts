// Limits calls, not requests: a batch of ten counts ten. Counted per identity, for strangers per address; sign-in is limited more strictly.
import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Settings } from '../env.ts'
import { ApiError } from '../trpc/errors.ts'
import { addressPrefix } from './limits/address.ts'
import { type Allowance, type Counter, memoryCounter } from './limits/counter.ts'
import type { SharedCounts } from './limits/shared.ts'
import type { CountRefusal } from './metrics.ts'

/** How many calls a request carries. */
export type CallCounter = (request: FastifyRequest) => number

export async function limitCalls(
  app: FastifyInstance,
  settings: Settings['rateLimit'],
  callsOf: CallCounter,
  refused: CountRefusal,
): Promise<void> {
  const shared = await openShared(app, settings)
  app.addHook('onReady', async () => shared?.begun())
  app.addHook('onClose', async () => shared?.close())
  const limiter = (name: string, allowance: Allowance) =>
    enforce(shared?.counter(name, allowance) ?? memoryCounter(allowance), allowance.max, refused)

  const limit = limiter('calls', settings.calls)
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.unlimited === true) return
    for (const key of keysOf(request)) await limit(reply, key, callsOf(request))
  })

  const limitSignIn = limiter('sign-in', settings.signIn)
  const limitAccount = limiter('account', settings.signInAccount)
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.signIn === true) await limitSignIn(reply, addressKey(request), 1)
  })
  app.addHook('preHandler', async (request, reply) => {
    if (request.routeOptions.config.signIn !== true) return
    const account = accountOf(request.body)
    if (account !== undefined) await limitAccount(reply, hash('account', account), 1)
  })
}

/** Its client is loaded by those who have a server for it. */
async function openShared(app: FastifyInstance, { redisUrl, redisPrefix }: Settings['rateLimit']): Promise<SharedCounts | undefined> {
  if (redisUrl === undefined) return undefined
  const { shareCounts } = await import('./limits/shared.ts')
  return shareCounts(redisUrl, redisPrefix, app.log)
}

/** Answers RATE_LIMITED for what does not fit, before any of it has begun, and says on every answer what is left. */
function enforce(counter: Counter, max: number, refused: CountRefusal) {
  return async (reply: FastifyReply, key: string, calls: number): Promise<void> => {
    const { allowed, remaining, resetMs } = await counter(key, calls)
    reply.headers({ 'ratelimit-limit': max, 'ratelimit-remaining': remaining, 'ratelimit-reset': Math.ceil(resetMs / 1000) })
    if (allowed) return
    refused('RATE_LIMITED')
    throw new ApiError('RATE_LIMITED', { retryAfterMs: Math.max(1, resetMs) })
  }
}

const addressKey = (request: FastifyRequest): string => hash('address', addressPrefix(request.ip))

/**
 * An API key has not been judged yet: it counts by its address too, because every made-up key would begin with a count of its own.
 */
function keysOf(request: FastifyRequest): string[] {
  const { identity } = request
  if (identity === null) return [addressKey(request)]
  if ('apiKey' in identity) return [addressKey(request), hash('key', identity.apiKey)]
  return [hash('identity', identity.issuer, identity.subject)]
}

/** The account that a sign-in names, however it is spelled. */
function accountOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('email' in body) || typeof body.email !== 'string') return undefined
  return body.email.normalize('NFKC').trim().toLowerCase()
}

/** A name may be long and is nobody else's business: it lies in a memory that may be shared. */
function hash(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}
