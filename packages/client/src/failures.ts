// Failures that arise on this side of the wire, before or instead of an answer of the server.

/**
 * Codes that the client itself can give a failed call. All but `ABORTED` and `UNKNOWN` exist on the server too; `source` tells them apart.
 *
 * - `UNAVAILABLE`: no usable answer: no connection, a connection that broke, or an answer that is not FleetFlow's.
 * - `TIMEOUT`: no answer within `timeoutMs`, or the call's own signal came from `AbortSignal.timeout`.
 * - `ABORTED`: the call's own signal was aborted.
 * - `UNAUTHENTICATED`: `token` or `refreshToken` failed, so the call was not sent (again); `error.cause` tells why.
 * - `UNKNOWN`: what was thrown is not the failure of a call; most likely a defect, so throw it on.
 */
export type ClientCode = 'UNAVAILABLE' | 'TIMEOUT' | 'ABORTED' | 'UNAUTHENTICATED' | 'UNKNOWN'

interface FailureOptions {
  retryable?: boolean
  httpStatus?: number
  cause?: unknown
}

/** The `cause` of the error with which such a call rejects. */
export class CallFailure extends Error {
  readonly code: Exclude<ClientCode, 'UNKNOWN'>
  readonly retryable: boolean
  readonly httpStatus: number | undefined

  constructor(code: Exclude<ClientCode, 'UNKNOWN'>, message: string, { retryable = false, httpStatus, cause }: FailureOptions = {}) {
    super(message, { cause })
    this.name = 'CallFailure'
    this.code = code
    this.retryable = retryable
    this.httpStatus = httpStatus
  }
}

/** Why the root of a chain of causes failed, in its own words, so that a log line is enough to act on. Anything can be thrown. */
export function causeText(cause: unknown): string {
  if (!(cause instanceof Error)) return typeof cause === 'string' ? cause : `a thrown ${typeof cause}`
  return cause.cause === undefined ? cause.message : causeText(cause.cause)
}
