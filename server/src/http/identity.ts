// Establishes who is calling from the Authorization header, a token or an API key. A bad token is refused even where no token would be needed.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import './request.ts'
import { ApiError } from '../trpc/errors.ts'
import { apiKeyIdentity } from './auth/apiKey.ts'
import type { Verifier } from './auth/verifier.ts'

const longestToken = 8192

/** Sets `request.identity` or `request.tokenRefusal`, also while nobody can tell. */
export function identifyCallers(app: FastifyInstance, verifier: Verifier): void {
  app.decorateRequest('identity', null)
  app.decorateRequest('tokenRefusal', null)
  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.anonymous === true) return
    try {
      const credential = bearerOf(request)
      if (credential !== undefined) request.identity = apiKeyIdentity(credential) ?? (await verifier(credential))
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      request.tokenRefusal = error
    }
  })
}

/** Runs after the rate limit, so that guessing tokens is counted. */
export function refuseBadTokens(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    if (request.tokenRefusal !== null) throw request.tokenRefusal
  })
}

function bearerOf(request: FastifyRequest): string | undefined {
  const header = request.headers.authorization
  if (header === undefined) return undefined
  // Node keeps the first of two Authorization headers; a proxy may have looked at the other one.
  const given = request.raw.rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'authorization')
  if (given.length > 1 || header.length > longestToken) throw new ApiError('UNAUTHENTICATED')
  const credential = /^Bearer +([\w.~+/-]+=*)$/i.exec(header)?.[1]
  if (credential === undefined) throw new ApiError('UNAUTHENTICATED')
  return credential
}
