// The one register of error codes: what each means over HTTP and what people are told. Append only: a published code never changes its meaning.
import type { TRPC_ERROR_CODE_KEY } from '@trpc/server/rpc'

interface CodeEntry {
  status: number
  retryable: boolean
  /** How long a caller should wait before it asks again; sent as Retry-After too. */
  retryAfterMs?: number
  message: string
}

export const codes = {
  TRIP_OVERLAP: { status: 409, retryable: false, message: 'The car is not free for the whole period.' },
  DRIVER_BUSY: { status: 409, retryable: false, message: 'The driver has another trip in this period.' },
  CLASS_FULL: { status: 409, retryable: false, message: 'No car of this class is free for the whole period.' },
  PLAN_STALE: { status: 409, retryable: false, message: 'The plan no longer fits what is booked; make it again.' },
  ALREADY_REVIEWED: { status: 409, retryable: false, message: 'This trip has been reviewed already.' },
  LAST_OWNER: { status: 409, retryable: false, message: 'A fleet keeps at least one owner.' },
  ODOMETER_LOW: { status: 409, retryable: false, message: 'The odometer cannot be below its last reading.' },
  PRICE_CHANGED: { status: 409, retryable: false, message: 'The price is higher than the most you said you would pay.' },
  QUOTE_EXPIRED: { status: 409, retryable: false, message: 'The quote has expired.' },
  QUOTE_USED: { status: 409, retryable: false, message: 'The quote has been used already.' },
  REFUND_CHANGED: { status: 409, retryable: false, message: 'The refund is no longer the one you expected.' },
  INVALID_STATE: { status: 409, retryable: false, message: 'The trip is in a state that does not allow this.' },
  VERSION_MISMATCH: { status: 412, retryable: false, message: 'Somebody changed this since you read it; read it again.' },
  CAR_BUSY: { status: 409, retryable: true, retryAfterMs: 1000, message: 'Others are booking this car right now; try again.' },
  OUTSIDE_HOURS: { status: 422, retryable: false, message: 'The period begins or ends outside the opening hours.' },
  TOO_SOON: { status: 422, retryable: false, message: 'The period begins too soon.' },
  TOO_FAR: { status: 422, retryable: false, message: 'The period begins too far in the future.' },
  TOO_SHORT: { status: 422, retryable: false, message: 'The period is too short.' },
  TOO_LONG: { status: 422, retryable: false, message: 'The period is too long.' },
  QUOTA_EXCEEDED: { status: 422, retryable: false, message: 'A limit of this account or fleet has been reached.' },
  NOT_PRICED: { status: 422, retryable: false, message: 'The car has no price and cannot be booked yet.' },
  REASON_REQUIRED: { status: 422, retryable: false, message: 'A reason is required.' },
  INVITATION_INVALID: { status: 422, retryable: false, message: 'The invitation is not valid.' },
  BAD_INPUT: { status: 400, retryable: false, message: 'The request is not valid.' },
  UNAUTHENTICATED: { status: 401, retryable: false, message: 'Sign in with a valid bearer token.' },
  FORBIDDEN: { status: 403, retryable: false, message: 'You may not do this.' },
  NOT_FOUND: { status: 404, retryable: false, message: 'There is nothing here, or it is not yours.' },
  METHOD_NOT_ALLOWED: { status: 405, retryable: false, message: 'This method is not allowed here.' },
  REQUEST_TIMEOUT: { status: 408, retryable: true, retryAfterMs: 1000, message: 'The request took too long to arrive.' },
  TOO_LARGE: { status: 413, retryable: false, message: 'The request is too large.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, retryable: false, message: 'Send application/json, not encoded.' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, retryable: false, message: 'This idempotency key was used for another request.' },
  IDEMPOTENCY_IN_PROGRESS: {
    status: 409,
    retryable: true,
    retryAfterMs: 1000,
    message: 'A request with this idempotency key is still running.',
  },
  RATE_LIMITED: { status: 429, retryable: true, retryAfterMs: 1000, message: 'Too many calls; wait a little.' },
  TRY_AGAIN: { status: 503, retryable: true, retryAfterMs: 500, message: 'The request met another one; try again.' },
  TIMEOUT: { status: 503, retryable: true, retryAfterMs: 1000, message: 'The database took too long; try again.' },
  OVERLOADED: { status: 503, retryable: true, retryAfterMs: 1000, message: 'The service is overloaded; try again.' },
  UNAVAILABLE: {
    status: 503,
    retryable: true,
    retryAfterMs: 1000,
    message: 'The service cannot answer right now. Whether the request took effect is unknown.',
  },
  SHUTTING_DOWN: { status: 503, retryable: true, retryAfterMs: 1000, message: 'This server is stopping; try again.' },
  INTERNAL: { status: 500, retryable: false, message: 'Something went wrong on our side.' },
} as const satisfies Record<string, CodeEntry>

export type Code = keyof typeof codes

/** The entry of a code with its optional members visible. */
export function entryOf(code: Code): CodeEntry {
  return codes[code]
}

const trpcKeys: Record<number, TRPC_ERROR_CODE_KEY> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_SUPPORTED',
  408: 'TIMEOUT',
  409: 'CONFLICT',
  412: 'PRECONDITION_FAILED',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  422: 'UNPROCESSABLE_CONTENT',
  429: 'TOO_MANY_REQUESTS',
  503: 'SERVICE_UNAVAILABLE',
}

/** tRPC's own name for a code, which is a coarser one. */
export function trpcKeyOf(code: Code): TRPC_ERROR_CODE_KEY {
  return trpcKeys[codes[code].status] ?? 'INTERNAL_SERVER_ERROR'
}
