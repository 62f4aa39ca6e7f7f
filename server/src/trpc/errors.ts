// Turns whatever was thrown into the one envelope that callers see. Text that is not ours never passes: unknown errors become INTERNAL.
import { DatabaseError } from '@fleetflow/db'
import { TRPCError } from '@trpc/server'
import { ZodError } from 'zod'
import { type Code, codes, entryOf } from './codes.ts'
import { describeMistake, type InputReason } from './inputReasons.ts'
import { describeIssues } from './issues.ts'

export interface ErrorEnvelope {
  code: Code
  message: string
  retryable: boolean
  retryAfterMs?: number
  field?: string
  details?: Record<string, unknown>
  requestId: string
  httpStatus: number
}

interface Refusal {
  message?: string | undefined
  field?: string | undefined
  details?: Record<string, unknown> | undefined
  retryAfterMs?: number | undefined
  /** Only where HTTP has a finer status for the same code. */
  httpStatus?: number | undefined
  cause?: unknown
}

/** A refusal that the server itself decides on, before or beside the database. */
export class ApiError extends Error {
  readonly code: Code
  readonly refusal: Refusal

  constructor(code: Code, refusal: Refusal = {}) {
    super(refusal.message ?? entryOf(code).message, { cause: refusal.cause })
    this.name = 'ApiError'
    this.code = code
    this.refusal = refusal
  }
}

/** A refusal of an input that no procedure has seen yet. */
export function badInput(
  reason: InputReason,
  { field, message = describeMistake(reason, field) }: { field?: string; message?: string } = {},
): ApiError {
  return new ApiError('BAD_INPUT', { message, field, details: { reason } })
}

/** The envelope of any thrown value. Pure: the caller logs. */
export function toEnvelope(error: unknown, requestId: string): ErrorEnvelope {
  if (error instanceof ApiError) return envelope(error.code, requestId, error.refusal)
  if (error instanceof DatabaseError) return fromDatabase(error, requestId)
  if (error instanceof ZodError) return envelope('BAD_INPUT', requestId, describeIssues(error.issues))
  if (error instanceof TRPCError) return fromTrpc(error, requestId)
  return envelope(codeOfHttpError(error), requestId)
}

/** The database says which field and which kind of mistake; what people read about it is ours. */
function fromDatabase({ code, field, details }: DatabaseError, requestId: string): ErrorEnvelope {
  const message = code === 'BAD_INPUT' ? describeMistake(details?.reason, field) : undefined
  return envelope(code, requestId, { message, field, details })
}

function fromTrpc(error: TRPCError, requestId: string): ErrorEnvelope {
  const { cause } = error
  if (cause instanceof ApiError || cause instanceof DatabaseError) return toEnvelope(cause, requestId)
  // The same ZodError under INTERNAL_SERVER_ERROR is an answer that failed its own schema: our fault, and its text stays here.
  if (cause instanceof ZodError && error.code === 'BAD_REQUEST') return toEnvelope(cause, requestId)
  return envelope(trpcCodes[error.code] ?? 'INTERNAL', requestId)
}

const trpcCodes: Partial<Record<TRPCError['code'], Code>> = {
  PARSE_ERROR: 'BAD_INPUT',
  BAD_REQUEST: 'BAD_INPUT',
  UNAUTHORIZED: 'UNAUTHENTICATED',
  FORBIDDEN: 'FORBIDDEN',
  NOT_FOUND: 'NOT_FOUND',
  METHOD_NOT_SUPPORTED: 'METHOD_NOT_ALLOWED',
  PAYLOAD_TOO_LARGE: 'TOO_LARGE',
  UNSUPPORTED_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
}

const httpCodes: Partial<Record<number, Code>> = {
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  408: 'REQUEST_TIMEOUT',
  413: 'TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMITED',
}

/** Fastify's own errors carry a status below 500; anything else is a defect of ours. */
function codeOfHttpError(error: unknown): Code {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return 'INTERNAL'
  if (error.statusCode < 400 || error.statusCode >= 500) return 'INTERNAL'
  return httpCodes[error.statusCode] ?? 'BAD_INPUT'
}

function envelope(code: Code, requestId: string, refusal: Refusal = {}): ErrorEnvelope {
  const entry = entryOf(code)
  const retryAfterMs = refusal.retryAfterMs ?? entry.retryAfterMs
  return {
    code,
    message: refusal.message ?? entry.message,
    retryable: entry.retryable,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(refusal.field === undefined ? {} : { field: refusal.field }),
    ...(refusal.details === undefined ? {} : { details: refusal.details }),
    requestId,
    httpStatus: refusal.httpStatus ?? codes[code].status,
  }
}
