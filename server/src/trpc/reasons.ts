// Which codes each procedure can answer: what lets a client know, per procedure, every refusal that it has to handle.
import type { Code } from './codes.ts'

const everywhere = [
  'BAD_INPUT',
  'UNAUTHENTICATED',
  'METHOD_NOT_ALLOWED',
  'REQUEST_TIMEOUT',
  'TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'RATE_LIMITED',
  'TRY_AGAIN',
  'TIMEOUT',
  'OVERLOADED',
  'UNAVAILABLE',
  'SHUTTING_DOWN',
  'INTERNAL',
] as const satisfies readonly Code[]

/** What every mutation can answer beside its own refusals. */
const retried = ['IDEMPOTENCY_KEY_REUSED'] as const satisfies readonly Code[]

export const reasons = {
  'trips.create': [
    ...everywhere,
    ...retried,
    'TRIP_OVERLAP',
    'NOT_FOUND',
    'FORBIDDEN',
    'TOO_SOON',
    'TOO_LONG',
    'NOT_PRICED',
    'PRICE_CHANGED',
    'QUOTE_EXPIRED',
    'QUOTE_USED',
    'CAR_BUSY',
  ],
  'trips.quote': [...everywhere, ...retried, 'NOT_FOUND', 'FORBIDDEN', 'TOO_SOON', 'TOO_LONG', 'NOT_PRICED'],
  'trips.list': [...everywhere, 'NOT_FOUND'],
  'trips.get': [...everywhere, 'NOT_FOUND'],
  'trips.modify': [
    ...everywhere,
    ...retried,
    'TRIP_OVERLAP',
    'DRIVER_BUSY',
    'NOT_FOUND',
    'FORBIDDEN',
    'INVALID_STATE',
    'VERSION_MISMATCH',
    'TOO_SOON',
    'TOO_LONG',
    'NOT_PRICED',
    'CAR_BUSY',
  ],
  'trips.swap': [
    ...everywhere,
    ...retried,
    'TRIP_OVERLAP',
    'DRIVER_BUSY',
    'NOT_FOUND',
    'FORBIDDEN',
    'INVALID_STATE',
    'VERSION_MISMATCH',
    'CAR_BUSY',
  ],
  'trips.block': [
    ...everywhere,
    ...retried,
    'TRIP_OVERLAP',
    'PLAN_STALE',
    'DRIVER_BUSY',
    'NOT_FOUND',
    'FORBIDDEN',
    'INVALID_STATE',
    'TOO_LONG',
    'CAR_BUSY',
  ],
  'trips.cancel': [...everywhere, ...retried, 'NOT_FOUND', 'FORBIDDEN', 'INVALID_STATE', 'VERSION_MISMATCH', 'REASON_REQUIRED', 'CAR_BUSY'],
  'reviews.create': [...everywhere, ...retried, 'NOT_FOUND', 'FORBIDDEN', 'INVALID_STATE', 'ALREADY_REVIEWED', 'CAR_BUSY'],
  'reviews.list': [...everywhere, 'NOT_FOUND'],
  'cars.list': [...everywhere, 'NOT_FOUND'],
  'cars.get': [...everywhere, 'NOT_FOUND'],
  'me.get': [...everywhere],
} as const satisfies Record<string, readonly Code[]>

/** `reasonOf<'trips.create'>`: the codes of one procedure as a union. */
export type ReasonOf<Path extends keyof typeof reasons> = (typeof reasons)[Path][number]
