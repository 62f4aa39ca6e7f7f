// One line a request, and no secret in it: tokens, cookies and keys are cut, queries (which may hold input) and SQL are never written.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify'
import { type DestinationStream, pino } from 'pino'
import { pathOf } from './errors.ts'

const secrets = ['authorization', 'cookie', 'set-cookie', 'idempotency-key', 'idempotencyKey', 'token', 'password']
const redacted = secrets.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`, `*.*.*["${name}"]`])

export function createLogger(level: string, destination?: DestinationStream): FastifyBaseLogger {
  const options = { level, redact: { paths: redacted, censor: '[redacted]' }, serializers: { err: describeError, error: describeError } }
  return destination === undefined ? pino(options) : pino(options, destination)
}

/** A caller's own request id is kept if it is harmless. */
export function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && /^[\w.-]{8,128}$/.test(given) ? given : randomUUID()
}

export function logRequests(app: FastifyInstance): void {
  app.decorateRequest('refusals')
  app.addHook('onRequest', async (request, reply) => {
    request.refusals = []
    reply.header('x-request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    const line = {
      method: request.method,
      path: pathOf(request),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      ...callerOf(request),
      ...(request.refusals?.length ? { refused: request.refusals } : {}),
    }
    if (request.routeOptions.config.unlimited === true) request.log.debug(line, 'request')
    else request.log.info(line, 'request')
  })
}

/** Of an API key the beginning of its digest, which tells keys apart and opens nothing. */
function callerOf({ ip: address, identity }: FastifyRequest): { subject?: string; apiKey?: string; address: string } {
  if (identity === null) return { address }
  return 'apiKey' in identity ? { address, apiKey: identity.apiKey.slice(0, 8) } : { address, subject: identity.subject }
}

/** Only named members: a driver's error also holds statements, parameters and rows. */
function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { type: typeof error }
  const extra = error as Error & { code?: unknown; constraint_name?: unknown; routine?: unknown }
  return {
    type: error.name,
    ...(quotesValues(extra.code) ? {} : { message: error.message }),
    ...(typeof extra.code === 'string' ? { code: extra.code } : {}),
    ...(typeof extra.constraint_name === 'string' ? { constraint: extra.constraint_name } : {}),
    ...(depth === 0 && !quotesValues(extra.code) ? { stack: error.stack } : {}),
    ...(error.cause === undefined || depth > 3 ? {} : { cause: describeError(error.cause, depth + 1) }),
  }
}

/** PostgreSQL's data exceptions (class 22) and free-form ones (P0001) name the value they are about, and so does the first line of their stack. */
function quotesValues(code: unknown): boolean {
  return typeof code === 'string' && /^(22|P0)[0-9A-Z]{3}$/.test(code)
}
