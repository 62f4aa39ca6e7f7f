// Sends refusals: problem details (RFC 9457) for REST and documents, tRPC's shape below /trpc, and the headers that belong to a code.
import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { TRPCError } from '@trpc/server'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Code, entryOf } from '../trpc/codes.ts'
import { ApiError, badInput, type ErrorEnvelope, toEnvelope } from '../trpc/errors.ts'
import { errorShape } from '../trpc/init.ts'
import { bareHeaders } from './security.ts'

/** To read the last answer before its connection is gone. */
const lingerMs = 1000

export type ErrorForm = (reply: FastifyReply, envelope: ErrorEnvelope) => FastifyReply

/** `type` of a problem: the path at which this server explains the code. */
export function problemType(code: Code): string {
  return `/problems/${code.toLowerCase().replaceAll('_', '-')}`
}

export function problemOf(envelope: ErrorEnvelope, instance?: string) {
  const { httpStatus, message, ...members } = envelope
  return {
    type: problemType(envelope.code),
    title: entryOf(envelope.code).message,
    status: httpStatus,
    detail: message,
    ...(instance === undefined ? {} : { instance }),
    ...members,
  }
}

export const sendProblem: ErrorForm = (reply, envelope) =>
  reply
    .code(envelope.httpStatus)
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(problemOf(envelope, pathOf(reply.request))))

export const sendTrpcError: ErrorForm = (reply, envelope) => reply.code(envelope.httpStatus).send({ error: errorShape(envelope) })

/** Every error and every unknown path of this scope is answered in this form. */
export function answerErrors(app: FastifyInstance, form: ErrorForm): void {
  app.setErrorHandler((error, request, reply) => refuse(reply, error, request, form))
  app.setNotFoundHandler((request, reply) => refuse(reply, new ApiError('NOT_FOUND'), request, form))
}

export function refuse(reply: FastifyReply, error: unknown, request: FastifyRequest, form: ErrorForm): FastifyReply {
  const envelope = toEnvelope(error, request.id)
  request.refusals?.push(envelope.code)
  logDefect(request, envelope, error)
  return form(reply.headers({ 'x-request-id': envelope.requestId, ...headersOf(envelope) }), envelope)
}

/** Only what went wrong on our side is worth a line of its own. */
export function logDefect(request: FastifyRequest, envelope: ErrorEnvelope, error: unknown): void {
  if (envelope.httpStatus < 500 || envelope.code === 'SHUTTING_DOWN') return
  // Our own bound, which metrics count: a line for each would be a load of its own.
  if (error instanceof ApiError && error.code === 'OVERLOADED') return
  const err = error instanceof TRPCError ? (error.cause ?? error) : error
  request.log.error({ err, code: envelope.code }, 'failed')
}

export function headersOf(envelope: ErrorEnvelope): Record<string, string> {
  const headers: Record<string, string> = {}
  if (envelope.retryAfterMs !== undefined) headers['retry-after'] = String(Math.ceil(envelope.retryAfterMs / 1000))
  if (envelope.code === 'UNAUTHENTICATED') headers['www-authenticate'] = 'Bearer realm="fleetflow"'
  if (envelope.code === 'SHUTTING_DOWN') headers.connection = 'close'
  return headers
}

/** The path without its query, which may hold input. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '/'
}

/** What never became a request: broken HTTP, headers too large or too slow. Written to the socket by hand. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket & { _httpMessage?: ServerResponse | null }): void {
  const underway = socket._httpMessage ?? undefined
  if (!socket.writable || error.code === 'ECONNRESET' || (underway?.headersSent && !underway.req.complete)) {
    socket.destroy()
    return
  }
  if (underway?.req.complete) {
    // What is broken came after a whole request: that one gets its own answer, and nothing follows it.
    underway.shouldKeepAlive = false
    underway.once('finish', () => socket.destroySoon())
    return
  }
  const envelope = toEnvelope(brokenRequest(error.code), crypto.randomUUID())
  const body = JSON.stringify(problemOf(envelope))
  const head = [
    `HTTP/1.1 ${envelope.httpStatus} ${STATUS_CODES[envelope.httpStatus] ?? ''}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${envelope.requestId}`,
    ...Object.entries(bareHeaders).map((header) => header.join(': ')),
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  // Half closed is still open, for as long as the other end likes.
  const timer = setTimeout(() => socket.destroy(), lingerMs).unref()
  socket.once('close', () => clearTimeout(timer))
}

function brokenRequest(code: string | undefined): ApiError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new ApiError('REQUEST_TIMEOUT')
  if (code === 'HPE_HEADER_OVERFLOW') return new ApiError('TOO_LARGE', { message: 'The headers are too large.', httpStatus: 431 })
  return badInput('NOT_HTTP')
}
