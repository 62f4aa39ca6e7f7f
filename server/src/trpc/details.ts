// What the `details` of an error hold, by code: types only, shared with clients. A code that is not listed carries no typed details.
import type { InputReason } from './inputReasons.ts'

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

/** With trips.createSeries: every occurrence that cannot be booked; the other details are those of the first. */
interface OfSeries {
  occurrences?: (Period & { code: string })[]
}

/** When else the same length fits: the first start, and the first ones of up to three stretches of time. */
interface NextStarts {
  nextFree: string | null
  nextStarts: string[]
}

/** A free car that could stand in; `distance` in metres from the car or place asked for, `price` for the same period. */
export interface Alternative {
  carId: string
  name: string
  carClass: string
  distance: number | null
  price: { total: number; currency: string } | null
}

export interface DetailsOf {
  /** What differs from the plan: a trip that is NEW in the way or GONE from it, that CHANGED, or whose target is TARGET_TAKEN. */
  PLAN_STALE: { changes: { tripId: string; change: 'NEW' | 'GONE' | 'CHANGED' | 'TARGET_TAKEN' }[] }
  /** `conflicts`: blocked ranges in the way, buffers included; starts of this car; `alternatives`: other cars of its class, as many as asked for. */
  TRIP_OVERLAP: NextStarts & { conflicts: Period[]; alternatives: Alternative[] } & OfSeries
  /** Starts at which some car of the class is free; `alternatives`: cars of other classes, as many as asked for. */
  CLASS_FULL: NextStarts & { alternatives: Alternative[] }
  /**
   * `allowed`: what the caller can do from here instead. Where trips stand in the way: how many, and the first ten that the caller may see.
   */
  INVALID_STATE: {
    from: string
    operation: string
    allowed: string[]
    count?: number
    trips?: (Period & { id: string; status: string })[]
  }
  /** The reading below which the odometer cannot be. */
  ODOMETER_LOW: { odometer: number }
  /** What cancelling now gives back, as trips.cancelPreview answers it. */
  REFUND_CHANGED: {
    refund: number
    fee: number
    currency: string
    policy: string
    tier: { beforeMinutes: number; refundPpm: number } | null
    nextEdge: string | null
  }
  /** What stands in the way: the most that somebody may have at once. */
  QUOTA_EXCEEDED: { limit: number } & OfSeries
  /** When the driver is on other trips. */
  DRIVER_BUSY: { windows: Period[] }
  /** The version that is stored now. */
  VERSION_MISMATCH: { version: number }
  /** Minor units of `currency`; `quote` is a fresh one that can be booked, null where there is none. */
  PRICE_CHANGED: { totalCost: number; currency: string; quote: Quote | null }
  QUOTE_EXPIRED: { quote: Quote | null }
  QUOTE_USED: { quote: Quote | null }
  TOO_SOON: { earliest: string } & OfSeries
  TOO_FAR: { latest: string } & OfSeries
  /** `limit` in minutes, `nearest`: the nearest end that the rules allow. */
  TOO_SHORT: { limit: number; nearest: string | null } & OfSeries
  /** As TOO_SHORT; `maxDays` where not the fleet but the product sets the limit. */
  TOO_LONG: { limit: number; nearest: string | null; maxDays?: number } & OfSeries
  /** The nearest time for the field that the rules allow; null if there is none. */
  OUTSIDE_HOURS: { nearest: string | null } & OfSeries
  /** `reason`: which kind of mistake; `issues`: every mistake that was found. */
  BAD_INPUT: { reason?: InputReason; issues?: { field: string; message: string }[] }
  /** The fleet that would be left without an owner. */
  LAST_OWNER: { fleetId: string }
}
