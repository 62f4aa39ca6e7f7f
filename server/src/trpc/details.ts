// What the `details` of an error hold, by code: types only, shared with clients. A code that is not listed carries no typed details.

interface Period {
  startDate: string
  endDate: string
}

export interface DetailsOf {
  /** `conflicts`: blocked ranges in the way, buffers included; `nextFree`: the first start at which the same length fits on this car. */
  TRIP_OVERLAP: { conflicts: Period[]; nextFree: string | null }
  INVALID_STATE: { from: string; operation: string; allowed: string[] }
  /** The version that is stored now. */
  VERSION_MISMATCH: { version: number }
  /** Minor units of `currency`. */
  PRICE_CHANGED: { totalCost: number; currency: string }
  TOO_SOON: { earliest: string }
  TOO_FAR: { latest: string }
  /** `limit` in minutes, `nearest`: the nearest end that the rules allow. */
  TOO_SHORT: { limit: number; nearest: string | null }
  /** As TOO_SHORT; `maxDays` where not the fleet but the product sets the limit. */
  TOO_LONG: { limit: number; nearest: string | null; maxDays?: number }
  /** The nearest time for the field that the rules allow; null if there is none. */
  OUTSIDE_HOURS: { nearest: string | null }
  QUOTA_EXCEEDED: { limit: number }
  /** `reason` names the kind of mistake (OFFSET_REQUIRED, BAD_CURSOR, UNKNOWN_KEY ...), `issues` lists every mistake that was found. */
  BAD_INPUT: { reason?: string; issues?: { field: string; message: string }[] }
}
