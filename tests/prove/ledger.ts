// What the database has acknowledged: every trip with every version that an answer showed. The model that the rows must agree with at the end.

/** A trip as the API shows it; what the checks read of it. */
export interface Trip {
  id: string
  carId: string
  bookedById: string
  purpose: string
  startDate: string
  endDate: string
  status: string
  version: number
  totalCost: number
  pinned: boolean
  holdExpiresAt: string | null
  respondBy: string | null
  returnedAt: string | null
}

export interface Violation {
  check: string
  /** One sentence for people. */
  problem: string
  [detail: string]: unknown
}

const terminal = new Set(['completed', 'cancelled', 'declined', 'expired', 'no_show'])

/** What only a new version may change. */
const facts = ({ carId, bookedById, purpose, startDate, endDate, status }: Trip): string =>
  JSON.stringify([carId, bookedById, purpose, startDate, endDate, status])

interface Acknowledged {
  trip: Trip
  /** The draw whose answer said so. */
  by: string
}

export interface Ledger {
  /** Newest acknowledged version of each trip. */
  newest: Map<string, Acknowledged>
  /** Every acknowledged version, by trip and number. */
  versions: Map<string, Map<number, Acknowledged>>
  /** Trips that operations may still be about, the latest last. */
  live: Trip[]
  /** Completed rentals, the latest last. */
  completed: Trip[]
  reviews: Map<string, { tripId: string; carId: string; rating: number }>
  violations: Violation[]
}

/** How many of the latest trips operations choose from: few enough that callers meet at the same trip. */
const within = 96

export const openLedger = (): Ledger => ({
  newest: new Map(),
  versions: new Map(),
  live: [],
  completed: [],
  reviews: new Map(),
  violations: [],
})

/** Writes down that the operation `by` was answered with this trip. */
export function acknowledge(ledger: Ledger, trip: Trip, by: string): void {
  const versions = ledger.versions.get(trip.id) ?? new Map<number, Acknowledged>()
  ledger.versions.set(trip.id, versions)
  const other = versions.get(trip.version)
  if (other !== undefined && facts(other.trip) !== facts(trip)) {
    ledger.violations.push({
      check: 'versions',
      problem: 'two operations were both told that they had made this version: one of them is lost',
      tripId: trip.id,
      version: trip.version,
      operations: [other.by, by],
    })
  }
  versions.set(trip.version, { trip, by })
  if ((ledger.newest.get(trip.id)?.trip.version ?? 0) > trip.version) return
  ledger.newest.set(trip.id, { trip, by })
  ledger.live = ledger.live.filter(({ id }) => id !== trip.id)
  if (!terminal.has(trip.status)) ledger.live = [...ledger.live.slice(-within), trip]
  else if (trip.status === 'completed' && trip.purpose === 'rental') ledger.completed = [...ledger.completed.slice(-within), trip]
}
