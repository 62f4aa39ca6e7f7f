// Between our requests and the library's: hands over what it needs to see, and turns what it refuses into the one envelope.
import type { DatabaseError } from '@fleetflow/db'
import { isAPIError } from 'better-auth/api'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Code } from '../trpc/codes.ts'
import { ApiError } from '../trpc/errors.ts'
import type { Endpoint } from './endpoints.ts'
import type { Issuer } from './issuer.ts'
import { basePath } from './library.ts'

/** Who is signed in, and where a browser says that the request comes from. */
const handedOver = ['authorization', 'cookie', 'origin', 'referer'] as const
/** Every browser names the site; other programs send some of the rest, and are not asked for an origin. */
const ofBrowsers = ['sec-fetch-site', 'sec-fetch-mode', 'sec-fetch-dest'] as const
const longestAgent = 200

/** The library's answer. Errors: ApiError, DatabaseError. */
export async function askLibrary(
  issuer: Issuer,
  endpoint: Endpoint,
  request: FastifyRequest,
  input: Record<string, unknown>,
): Promise<Response> {
  try {
    const answer = await issuer.library.handler(toRequest(issuer.publicUrl, endpoint, request, input))
    if (answer.status < 400) return answer
    const body: unknown = await answer.json().catch(() => undefined)
    throw refusalOf(answer.status, typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined)
  } catch (error) {
    throw toRefusal(error, (failed) => issuer.store.failureOf(failed))
  }
}

function toRequest(publicUrl: string, endpoint: Endpoint, request: FastifyRequest, input: Record<string, unknown>): Request {
  const url = new URL(`${publicUrl}${basePath}${endpoint.path}`)
  const headers = new Headers()
  const isBrowser = request.headers['sec-fetch-site'] !== undefined
  for (const name of [...handedOver, ...(isBrowser ? ofBrowsers : [])]) {
    const value = request.headers[name]
    if (typeof value === 'string') headers.set(name, value)
  }
  const agent = request.headers['user-agent']
  if (agent !== undefined) headers.set('user-agent', agent.slice(0, longestAgent))
  if (endpoint.method === 'GET') {
    for (const [name, value] of Object.entries(input)) url.searchParams.set(name, String(value))
    return new Request(url, { headers })
  }
  headers.set('content-type', 'application/json')
  return new Request(url, { method: 'POST', headers, body: JSON.stringify({ ...input, ...endpoint.always }) })
}

/** Cookies, the session's token for those who use none, and the body; nothing else of the library's answer is ours to say. */
export async function passOn(reply: FastifyReply, answer: Response): Promise<FastifyReply> {
  const cookies = answer.headers.getSetCookie()
  if (cookies.length > 0) reply.header('set-cookie', cookies)
  const location = answer.headers.get('location')
  if (answer.status === 302 && location !== null) return reply.code(302).header('location', location).send()
  const signed = answer.headers.get('set-auth-token')
  const body: unknown = await answer.json().catch(() => null)
  if (signed === null) return reply.code(answer.status).send(body)
  reply.header('set-auth-token', signed)
  // The table holds the bare token; what a client shows must be signed as well.
  return reply.code(answer.status).send(typeof body === 'object' ? { ...body, token: signed } : body)
}

const codes: Partial<Record<number, Code>> = {
  400: 'BAD_INPUT',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  422: 'BAD_INPUT',
}

/** Reasons that an application acts on; the others would only describe the library. */
const reasons: Readonly<Record<string, string>> = {
  INVALID_EMAIL_OR_PASSWORD: 'The address or the password is wrong.',
  EMAIL_NOT_VERIFIED: 'The address is not verified yet: open the link that was mailed to it.',
  INVALID_PASSWORD: 'The current password is wrong.',
  INVALID_TOKEN: 'The token is unknown, used or expired.',
  TOKEN_EXPIRED: 'The token has expired.',
  INVALID_ORIGIN: 'Requests with cookies are taken from trusted origins only.',
  MISSING_OR_NULL_ORIGIN: 'Requests with cookies must name their origin.',
  INVALID_CALLBACK_URL: 'callbackURL must be a page of a trusted origin.',
  INVALID_REDIRECT_URL: 'redirectTo must be a page of a trusted origin.',
  CROSS_SITE_NAVIGATION_LOGIN_BLOCKED: 'Nobody signs in from another site.',
}

/** A refusal of the library's in our words. */
function refusalOf(status: number, reason: unknown): ApiError {
  const code = codes[status] ?? 'INTERNAL'
  const message = typeof reason === 'string' ? reasons[reason] : undefined
  return new ApiError(code, message === undefined ? {} : { message, details: { reason } })
}

function toRefusal(error: unknown, failureOf: (error: unknown) => DatabaseError): unknown {
  if (error instanceof ApiError) return error
  if (isAPIError(error)) return refusalOf(error.statusCode, error.body?.code)
  return failureOf(error)
}
