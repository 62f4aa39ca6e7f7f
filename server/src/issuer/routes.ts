// The bundled issuer's routes: /auth for people, /.well-known for other verifiers of its tokens.
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../trpc/errors.ts'
import { type Endpoint, endpoints } from './endpoints.ts'
import { askLibrary, passOn } from './forward.ts'
import type { Issuer } from './issuer.ts'
import { basePath, issuerAudience } from './library.ts'

/** Tokens of /auth are sessions, not JWTs, so nobody else looks at them. */
const anonymous = { anonymous: true }

export function serveIssuer(app: FastifyInstance, issuer: Issuer): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store')
    if (request.routeOptions.config.wrongMethod !== true && !request.is404) requireJsonOrNothing(request)
  })
  for (const endpoint of endpoints) {
    app.route({
      method: endpoint.method,
      url: `${basePath}${endpoint.path}`,
      config: { ...anonymous, ...(endpoint.signIn === true ? { signIn: true } : {}) },
      handler: (request, reply) => answer(issuer, endpoint, request, reply),
    })
  }
  const keys = async (_request: FastifyRequest, reply: FastifyReply) =>
    reply.header('cache-control', 'public, max-age=60').send(await keysOf(issuer))
  app.get(`${basePath}/jwks`, { config: anonymous }, keys)
  app.get('/.well-known/jwks.json', { config: anonymous }, keys)
  app.get('/.well-known/openid-configuration', { config: anonymous }, async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=60').send(discovery(issuer.publicUrl)),
  )
}

async function answer(issuer: Issuer, endpoint: Endpoint, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const input = endpoint.input.parse((endpoint.method === 'GET' ? request.query : request.body) ?? {}) as Record<string, unknown>
  const started = performance.now()
  if (endpoint.path === '/sign-up/email') return signUp(issuer, endpoint, request, reply, input)
  const found = await askLibrary(issuer, endpoint, request, input)
  await pause(Math.max(0, (endpoint.leastMs ?? 0) - (performance.now() - started)))
  return passOn(reply, found)
}

/** The same answer whether or not the address is known, also to the second of two who come at once. */
async function signUp(
  issuer: Issuer,
  endpoint: Endpoint,
  request: FastifyRequest,
  reply: FastifyReply,
  input: Record<string, unknown>,
): Promise<FastifyReply> {
  try {
    await askLibrary(issuer, endpoint, request, input)
  } catch (error) {
    // The library answers so where it could not store the person: on another look it finds who came first.
    if (!(error instanceof ApiError) || error.code !== 'BAD_INPUT' || error.refusal.details !== undefined) throw error
    await askLibrary(issuer, endpoint, request, input).catch((cause: unknown) => {
      throw cause instanceof ApiError && cause.code === 'BAD_INPUT' ? new ApiError('UNAVAILABLE', { cause }) : cause
    })
  }
  const { email, name } = input
  return reply.send({ token: null, user: { email: String(email).toLowerCase(), name, emailVerified: false } })
}

/** Signing out has no body; whatever has one says that it is JSON. */
function requireJsonOrNothing({ method, headers }: FastifyRequest): void {
  const { 'content-type': type, 'content-length': length, 'transfer-encoding': transfer, 'content-encoding': encoding } = headers
  if (type === undefined && (method === 'GET' || method === 'HEAD' || ((length ?? '0') === '0' && transfer === undefined))) return
  if (type?.split(';', 1)[0]?.trim().toLowerCase() !== 'application/json') throw new ApiError('UNSUPPORTED_MEDIA_TYPE')
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') throw new ApiError('UNSUPPORTED_MEDIA_TYPE')
}

async function keysOf(issuer: Issuer): Promise<{ keys: object[] }> {
  try {
    return await issuer.library.keys()
  } catch (error) {
    throw issuer.store.failureOf(error)
  }
}

/** What OpenID discovery needs to find the keys. This issuer has no redirects, so it names no authorization endpoint. */
function discovery(publicUrl: string) {
  return {
    issuer: publicUrl,
    jwks_uri: `${publicUrl}/.well-known/jwks.json`,
    id_token_signing_alg_values_supported: ['EdDSA'],
    subject_types_supported: ['public'],
    response_types_supported: ['none'],
    claims_supported: ['iss', 'sub', 'aud', 'exp', 'iat', 'sid'],
    token_audience: issuerAudience,
  }
}
