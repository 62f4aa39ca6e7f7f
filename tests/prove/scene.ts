// Where a run takes place: its fleet, its people, its cars, and how the numbers of a draw become cars, instants and trips.
import type { Ledger, Trip } from './ledger.ts'
import type { Call } from './operation.ts'
import type { Draw } from './plan.ts'

export interface Fleet {
  id: string
  slug: string
  classId: string
  planId: string
  systemUserId: string
  managerId: string
  strangerId: string
  carIds: string[]
  renterIds: string[]
  driverIds: string[]
}

export interface Scene {
  fleet: Fleet
  ledger: Ledger
  /** Blocks that were rehearsed and wait to be carried out. */
  plans: Call[]
  /** The full hour in which the run began, in ms. */
  anchor: number
  /** Now, in ms; a sabotaged client has a clock of its own. */
  now: () => number
}

const minute = 60_000

export const carOf = ({ fleet }: Scene, draw: Draw): string => fleet.carIds[draw.car % fleet.carIds.length] ?? ''

/** Another car than `carOf`, where there is one. */
export function otherCarOf({ fleet }: Scene, draw: Draw): string {
  const { length } = fleet.carIds
  return fleet.carIds[(draw.car + 1 + (draw.otherCar % Math.max(1, length - 1))) % length] ?? ''
}

export const renterOf = ({ fleet }: Scene, draw: Draw): string => fleet.renterIds[draw.lane % fleet.renterIds.length] ?? ''

const iso = (ms: number): string => new Date(ms).toISOString()

/** A period ahead. It begins at least two hours after the run's first hour, so that it stays ahead during a run. */
export function periodOf({ anchor }: Scene, draw: Draw): { start_date: string; end_date: string } {
  const start = anchor + (120 + draw.start) * minute
  return { start_date: iso(start), end_date: iso(start + draw.minutes * minute) }
}

/** A period that has begun or is over, which a fleet may enter. */
export function pastPeriodOf({ anchor }: Scene, draw: Draw): { start_date: string; end_date: string } {
  const start = anchor - draw.past * minute
  return { start_date: iso(start), end_date: iso(start + draw.minutes * minute) }
}

/** One of the latest trips that fit. */
export function pickTrip({ ledger }: Scene, pick: number, fits: (trip: Trip) => boolean): Trip | undefined {
  const candidates = ledger.live.filter(fits)
  return candidates[pick % candidates.length]
}

/** Who asks about a trip. */
export function asker({ fleet }: Scene, draw: Draw, trip: Trip): string {
  return { renter: trip.bookedById, manager: fleet.managerId, stranger: fleet.strangerId }[draw.who]
}

export const inStatus =
  (...statuses: string[]) =>
  (trip: Trip): boolean =>
    statuses.includes(trip.status)

export const shifted = (instant: string, minutes: number): string => iso(Date.parse(instant) + minutes * minute)
