// Turns whatever a call rejected with into one typed reason: the code, and the details that belong to that code.
import type { DetailsOf } from '@fleetflow/server/details'
import type { ReasonOf, reasons } from '@fleetflow/server/reasons'
import { CallFailure, type ClientCode, causeText } from './failures.ts'
import { keyOf } from './links/keys.ts'

export type { ClientCode } from './failures.ts'

/** The name of a procedure: `'trips.create'`, `'cars.list'` ... */
export type ProcedurePath = keyof typeof reasons

/** Every code with which a call of these procedures can fail: the server's for them, and the client's own. */
export type ReasonCode<Path extends ProcedurePath = ProcedurePath> = ReasonOf<Path> | ClientCode

interface ReasonWith<Code extends ReasonCode> {
  code: Code
  /** Typed where the code has details (`TRIP_OVERLAP` has `conflicts` and `nextFree`), else an object that is usually empty. */
  details: Code extends keyof DetailsOf ? DetailsOf[Code] : Record<string, unknown>
  /** Who says so: the server's answer, or the client because there was none. */
  source: 'server' | 'client'
  /** For people, in English; programs look at `code`. */
  message: string
  /** Whether the same call may succeed later without a change. */
  retryable: boolean
  /** Milliseconds to wait before trying again. */
  retryAfterMs?: number
  /** The input that is at fault, as a path: `startDate`. */
  field?: string
  /** Names the request in the server's log. */
  requestId?: string
  /** The status of the answer, if there was one. */
  httpStatus?: number
  /**
   * True: the call may have taken effect although it failed (a lost answer is not a failure). Send it again with the same input and
   * `idempotencyKey`: it is then done once, whatever became of this one.
   */
  outcomeUnknown: boolean
  /** Of a mutation: the key that it was sent with. */
  idempotencyKey?: string
}

/**
 * Why a call failed, as a union over `code`: comparing `code` narrows `details`. `Reason<'trips.create'>` holds only the codes of that
 * procedure. Codes are only ever added, so a server that is newer than this package may answer one that is not listed: keep a default.
 */
export type Reason<Path extends ProcedurePath = ProcedurePath> = { [Code in ReasonCode<Path>]: ReasonWith<Code> }[ReasonCode<Path>]

/** What the server sends as `error.data`. */
interface Envelope {
  code: string
  message: string
  retryable: boolean
  retryAfterMs?: number
  field?: string
  details?: Record<string, unknown>
  requestId: string
  httpStatus: number
}

/**
 * The reason of a failed call. Never throws, and answers `UNKNOWN` for what is not the failure of a call.
 *
 * ```ts
 * try {
 *   await client.trips.create.mutate({ carId, startDate, endDate })
 * } catch (error) {
 *   const reason = reasonOf<'trips.create'>(error)
 *   if (reason.code === 'TRIP_OVERLAP') console.log(`Free again from ${reason.details.nextFree}`)
 *   else throw error
 * }
 * ```
 */
export function reasonOf<Path extends ProcedurePath = ProcedurePath>(error: unknown): Reason<Path> {
  // The union cannot be proved from here: which code came is known only at run time, and the server's register promises its details.
  const key = keyOf(error)
  return { ...describe(error), ...(key === undefined ? {} : { idempotencyKey: key }) } as unknown as Reason<Path>
}

function describe(error: unknown) {
  if (isRecord(error) && isEnvelope(error.data)) return fromServer(error.data)
  const failure = failureOf(error)
  if (failure !== undefined) return fromClient(failure)
  return fromClient({ code: 'UNKNOWN', message: causeText(error), retryable: false })
}

function fromServer(envelope: Envelope) {
  return {
    ...envelope,
    details: envelope.details ?? {},
    source: 'server',
    outcomeUnknown: envelope.code === 'UNAVAILABLE' || envelope.code === 'INTERNAL',
  }
}

function fromClient(failure: { code: ClientCode; message: string; retryable: boolean; httpStatus?: number | undefined }) {
  return {
    code: failure.code,
    details: {},
    source: 'client',
    message: failure.message,
    retryable: failure.retryable,
    ...(failure.httpStatus === undefined ? {} : { httpStatus: failure.httpStatus }),
    outcomeUnknown: failure.code !== 'UNAUTHENTICATED',
  }
}

function failureOf(error: unknown): CallFailure | undefined {
  if (error instanceof CallFailure) return error
  return error instanceof Error && error.cause instanceof CallFailure ? error.cause : undefined
}

function isEnvelope(data: unknown): data is Envelope {
  return isRecord(data) && typeof data.code === 'string' && typeof data.message === 'string' && typeof data.requestId === 'string'
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
