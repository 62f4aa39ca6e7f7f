// Which codes each procedure can answer: what lets a client know, per procedure, every refusal that it has to handle.
import type { Code } from './codes.ts'

const everywhere = [
  'BAD_INPUT',
  'UNAUTHENTICATED',
  // A procedure that the API key is not for; elsewhere a role that does not reach.
  'FORBIDDEN',
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
const retried = ['IDEMPOTENCY_KEY_REUSED', 'IDEMPOTENCY_IN_PROGRESS'] as const satisfies readonly Code[]

/** What holding or booking a named car can answer. */
const booking = [
  'TRIP_OVERLAP',
  'NOT_FOUND',
  'OUTSIDE_HOURS',
  'TOO_SOON',
  'TOO_FAR',
  'TOO_SHORT',
  'TOO_LONG',
  'QUOTA_EXCEEDED',
  'NOT_PRICED',
  'PRICE_CHANGED',
  'QUOTE_EXPIRED',
  'QUOTE_USED',
  'DRIVER_BUSY',
  'CAR_BUSY',
] as const satisfies readonly Code[]

/** What a step of a trip's life can answer beside its own refusals. */
const step = ['NOT_FOUND', 'INVALID_STATE', 'VERSION_MISMATCH', 'DRIVER_BUSY', 'CAR_BUSY'] as const satisfies readonly Code[]

/** What a change of a fleet, its members or its invitations can answer to whoever is no owner, or waits too long for another one. */
const owning = ['NOT_FOUND', 'CAR_BUSY'] as const satisfies readonly Code[]

export const reasons = {
  'trips.hold': [...everywhere, ...retried, ...booking],
  'trips.create': [...everywhere, ...retried, ...booking],
  'trips.createInClass': [
    ...everywhere,
    ...retried,
    'CLASS_FULL',
    'NOT_FOUND',
    'OUTSIDE_HOURS',
    'TOO_SOON',
    'TOO_FAR',
    'TOO_SHORT',
    'TOO_LONG',
    'QUOTA_EXCEEDED',
    'NOT_PRICED',
    'PRICE_CHANGED',
    'DRIVER_BUSY',
    'CAR_BUSY',
  ],
  'trips.quote': [...everywhere, ...retried, 'NOT_FOUND', 'OUTSIDE_HOURS', 'TOO_SOON', 'TOO_FAR', 'TOO_SHORT', 'TOO_LONG', 'NOT_PRICED'],
  'trips.createSeries': [...everywhere, ...retried, ...booking],
  'trips.list': [...everywhere, 'NOT_FOUND'],
  'trips.get': [...everywhere, 'NOT_FOUND'],
  'trips.modify': [
    ...everywhere,
    ...retried,
    'TRIP_OVERLAP',
    'DRIVER_BUSY',
    'NOT_FOUND',
    'INVALID_STATE',
    'VERSION_MISMATCH',
    'TOO_SOON',
    'TOO_FAR',
    'TOO_SHORT',
    'TOO_LONG',
    'NOT_PRICED',
    'OUTSIDE_HOURS',
    'CAR_BUSY',
  ],
  'trips.swap': [...everywhere, ...retried, 'TRIP_OVERLAP', 'DRIVER_BUSY', 'NOT_FOUND', 'INVALID_STATE', 'VERSION_MISMATCH', 'CAR_BUSY'],
  'trips.block': [
    ...everywhere,
    ...retried,
    'TRIP_OVERLAP',
    'PLAN_STALE',
    'DRIVER_BUSY',
    'NOT_FOUND',
    'INVALID_STATE',
    'TOO_LONG',
    'CAR_BUSY',
  ],
  'trips.approve': [...everywhere, ...retried, ...step],
  'trips.decline': [...everywhere, ...retried, ...step],
  'trips.start': [...everywhere, ...retried, ...step, 'TOO_SOON', 'ODOMETER_LOW', 'TRIP_OVERLAP'],
  'trips.complete': [...everywhere, ...retried, ...step, 'ODOMETER_LOW'],
  'trips.noShow': [...everywhere, ...retried, ...step, 'TOO_SOON'],
  'trips.cancel': [...everywhere, ...retried, ...step, 'REASON_REQUIRED', 'REFUND_CHANGED'],
  'trips.cancelPreview': [...everywhere, 'NOT_FOUND', 'INVALID_STATE'],
  'ratePlans.create': [...everywhere, ...retried, 'NOT_FOUND', 'CAR_BUSY'],
  'ratePlans.list': [...everywhere, 'NOT_FOUND'],
  'ratePlans.get': [...everywhere, 'NOT_FOUND'],
  'ratePlans.assign': [...everywhere, ...retried, 'NOT_FOUND', 'CAR_BUSY'],
  'ratePlans.preview': [...everywhere, ...retried, 'NOT_FOUND', 'TOO_LONG'],
  'trips.history': [...everywhere, 'NOT_FOUND'],
  'reviews.create': [...everywhere, ...retried, 'NOT_FOUND', 'INVALID_STATE', 'ALREADY_REVIEWED', 'CAR_BUSY'],
  'reviews.list': [...everywhere, 'NOT_FOUND'],
  'cars.list': [...everywhere, 'NOT_FOUND'],
  'cars.get': [...everywhere, 'NOT_FOUND'],
  'cars.search': [...everywhere, 'NOT_FOUND', 'TOO_LONG', 'TOO_SOON'],
  'cars.windows': [...everywhere, 'NOT_FOUND', 'TOO_LONG'],
  'cars.nextFree': [...everywhere, 'NOT_FOUND'],
  'fleets.create': [...everywhere, ...retried, 'QUOTA_EXCEEDED', 'CAR_BUSY'],
  'fleets.get': [...everywhere, 'NOT_FOUND'],
  'fleets.update': [...everywhere, ...retried, ...owning],
  'fleets.transfer': [...everywhere, ...retried, ...owning],
  'members.list': [...everywhere, 'NOT_FOUND'],
  'members.setRole': [...everywhere, ...retried, ...owning, 'LAST_OWNER'],
  'members.remove': [...everywhere, ...retried, ...owning, 'LAST_OWNER'],
  'members.leave': [...everywhere, ...retried, 'NOT_FOUND', 'LAST_OWNER', 'CAR_BUSY'],
  'invitations.create': [...everywhere, ...retried, ...owning, 'QUOTA_EXCEEDED'],
  'invitations.list': [...everywhere, 'NOT_FOUND'],
  'invitations.revoke': [...everywhere, ...retried, ...owning, 'INVITATION_INVALID'],
  'invitations.accept': [...everywhere, ...retried, 'INVITATION_INVALID', 'CAR_BUSY'],
  'fleets.getRules': [...everywhere, 'NOT_FOUND'],
  'fleets.setRules': [...everywhere, ...retried, 'NOT_FOUND', 'VERSION_MISMATCH', 'CAR_BUSY'],
  'apiKeys.create': [...everywhere, ...retried, 'NOT_FOUND', 'QUOTA_EXCEEDED', 'CAR_BUSY'],
  'apiKeys.list': [...everywhere, 'NOT_FOUND'],
  'apiKeys.revoke': [...everywhere, ...retried, 'NOT_FOUND', 'CAR_BUSY'],
  'me.get': [...everywhere],
} as const satisfies Record<string, readonly Code[]>

/** `reasonOf<'trips.create'>`: the codes of one procedure as a union. */
export type ReasonOf<Path extends keyof typeof reasons> = (typeof reasons)[Path][number]
