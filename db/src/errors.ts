// One table from what PostgreSQL says (SQLSTATE, constraint name) to the codes of the product. Never by message text.
import postgres from 'postgres'

/** Codes that entry functions raise themselves: class FF, the code as message, JSON as detail. */
export const raisedCodes = {
  FF001: 'TRIP_OVERLAP',
  FF002: 'INVALID_STATE',
  FF003: 'ALREADY_REVIEWED',
  FF004: 'PRICE_CHANGED',
  FF005: 'QUOTE_EXPIRED',
  FF006: 'QUOTE_USED',
  FF007: 'REFUND_CHANGED',
  FF008: 'DRIVER_BUSY',
  FF009: 'CLASS_FULL',
  FF010: 'PLAN_STALE',
  FF011: 'ODOMETER_LOW',
  FF012: 'IDEMPOTENCY_IN_PROGRESS',
  FF013: 'LAST_OWNER',
  FF101: 'TOO_SOON',
  FF102: 'TOO_LONG',
  FF103: 'NOT_PRICED',
  FF104: 'REASON_REQUIRED',
  FF105: 'OUTSIDE_HOURS',
  FF106: 'TOO_FAR',
  FF107: 'TOO_SHORT',
  FF108: 'QUOTA_EXCEEDED',
  FF109: 'IDEMPOTENCY_KEY_REUSED',
  FF110: 'INVITATION_INVALID',
  FF400: 'BAD_INPUT',
  FF401: 'UNAUTHENTICATED',
  FF403: 'FORBIDDEN',
  FF404: 'NOT_FOUND',
  FF412: 'VERSION_MISMATCH',
} as const

/** SQLSTATEs of PostgreSQL and error codes of the driver that have a meaning of their own; all others are INTERNAL. */
const foreignCodes = {
  // Serialisation and deadlock: tried again by `call`, then handed on.
  '40001': 'TRY_AGAIN',
  '40P01': 'TRY_AGAIN',
  // Lock timeout: somebody else holds the car.
  '55P03': 'CAR_BUSY',
  '57014': 'TIMEOUT',
  // Too many connections, out of memory, disk full.
  '53000': 'OVERLOADED',
  '53100': 'OVERLOADED',
  '53200': 'OVERLOADED',
  '53300': 'OVERLOADED',
  // The server goes away or is not there (yet): the outcome of what was under way is unknown.
  '57P01': 'UNAVAILABLE',
  '57P02': 'UNAVAILABLE',
  '57P03': 'UNAVAILABLE',
  // Nothing can be written: we talk to a standby, as while a failover is under way.
  '25006': 'UNAVAILABLE',
  CONNECTION_CLOSED: 'UNAVAILABLE',
  CONNECTION_ENDED: 'UNAVAILABLE',
  CONNECTION_DESTROYED: 'UNAVAILABLE',
  CONNECT_TIMEOUT: 'UNAVAILABLE',
  ECONNREFUSED: 'UNAVAILABLE',
  ECONNRESET: 'UNAVAILABLE',
  EPIPE: 'UNAVAILABLE',
  ENOTFOUND: 'UNAVAILABLE',
  EAI_AGAIN: 'UNAVAILABLE',
  ETIMEDOUT: 'UNAVAILABLE',
  EHOSTUNREACH: 'UNAVAILABLE',
  ENETUNREACH: 'UNAVAILABLE',
  // A value that passed the API's own checks and that PostgreSQL cannot represent.
  '22P02': 'BAD_INPUT',
  '22P05': 'BAD_INPUT',
  '22021': 'BAD_INPUT',
  '22003': 'BAD_INPUT',
  '22007': 'BAD_INPUT',
  '22008': 'BAD_INPUT',
  '22009': 'BAD_INPUT',
} as const

/** Constraints whose violation has a meaning for callers; the functions decide first, these are the second line. */
const constraintCodes: Record<string, DatabaseCode> = {
  prevent_overlap: 'TRIP_OVERLAP',
  reviews_car_id_trip_id_key: 'ALREADY_REVIEWED',
  trips_period_forward: 'BAD_INPUT',
  trips_period_bounded: 'BAD_INPUT',
  trips_total_cost_bounded: 'BAD_INPUT',
}

export type DatabaseCode = (typeof raisedCodes)[keyof typeof raisedCodes] | (typeof foreignCodes)[keyof typeof foreignCodes] | 'INTERNAL'

/** What the database refused or could not do. The message is the code; `cause` is for the log and never for an answer. */
export class DatabaseError extends Error {
  override name = 'DatabaseError'
  readonly code: DatabaseCode
  readonly details: Record<string, unknown> | undefined
  readonly field: string | undefined
  /** The refusal was stored under the idempotency key and has been read again. */
  replayed = false

  constructor(code: DatabaseCode, cause: unknown, detail: Record<string, unknown> = {}) {
    super(code, { cause })
    const { field, ...details } = detail
    this.code = code
    this.field = typeof field === 'string' ? field : undefined
    this.details = Object.keys(details).length > 0 ? details : undefined
  }
}

const has = <T extends object>(table: T, key: string): key is Extract<keyof T, string> => Object.hasOwn(table, key)

/** Translates anything that a query throws. Details come only from our own errors, never from PostgreSQL's. */
export function toDatabaseError(error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (error instanceof postgres.PostgresError) {
    if (has(raisedCodes, code)) return new DatabaseError(raisedCodes[code], error, error.detail ? JSON.parse(error.detail) : {})
    const constraint = constraintCodes[error.constraint_name ?? '']
    if (constraint) return new DatabaseError(constraint, error)
  }
  return new DatabaseError(has(foreignCodes, code) ? foreignCodes[code] : 'INTERNAL', error)
}
