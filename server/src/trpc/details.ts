// What the `details` of an error hold, by code: types only, shared with clients. A code that is not listed carries no typed details.

/** What trips.quote answers. */
interface Quote {
  id: string | null
  carId: string
  userId: string
  startDate: string
  endDate: string
  extras: { code: string; quantity: number }[]
  totalCost: number
  currency: string
  lines: { kind: string; description: string; quantity: number; unitAmount: number; amount: number }[]
  ratePlanId: string
  ratePlanVersion: number
  offeredExtras: { code: string; name: string; per: 'trip' | 'day'; amount: number }[]
  expiresAt: string | null
  createdAt: string
}

interface Period {
  startDate: string
  endDate: string
}

export interface DetailsOf {
  /** `conflicts`: blocked ranges in the way, buffers included; `nextFree`: the first start at which the same length fits on this car. */
  TRIP_OVERLAP: { conflicts: Period[]; nextFree: string | null }
  /** The periods in which the driver is on other trips. */
  DRIVER_BUSY: { windows: Period[] }
  /** What differs from the plan: a trip that is NEW in the way or GONE from it, that CHANGED, or whose target is TARGET_TAKEN. */
  PLAN_STALE: { changes: { tripId: string; change: 'NEW' | 'GONE' | 'CHANGED' | 'TARGET_TAKEN' }[] }
  INVALID_STATE: { from: string; operation: string; allowed: string[] }
  /** The version that is stored now. */
  VERSION_MISMATCH: { version: number }
  /** Minor units of `currency`; `quote` is a fresh one that can be booked, null where there is none. */
  PRICE_CHANGED: { totalCost: number; currency: string; quote: Quote | null }
  QUOTE_EXPIRED: { quote: Quote | null }
  QUOTE_USED: { quote: Quote | null }
  TOO_SOON: { earliest: string }
  TOO_LONG: { maxDays: number }
  /** `reason` names the kind of mistake (OFFSET_REQUIRED, BAD_CURSOR, UNKNOWN_KEY ...), `issues` lists every mistake that was found. */
  BAD_INPUT: { reason?: string; issues?: { field: string; message: string }[] }
}
