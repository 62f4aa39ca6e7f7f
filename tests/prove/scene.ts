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

/** The full hour, in ms. */
const hourOf = ({ now }: Scene): number => Math.floor(now() / 3_600_000) * 3_600_000

/** A period that begins one to two hours from now, or up to ten days later. */
export function periodOf(scene: Scene, draw: Draw): { start_date: string; end_date: string } {
  const start = hourOf(scene) + (120 + draw.start) * minute
  return { start_date: iso(start), end_date: iso(start + draw.minutes * minute) }
}

/** A period that has begun or is over, which a fleet may enter. */
export function pastPeriodOf(scene: Scene, draw: Draw): { start_date: string; end_date: string } {
  const start = hourOf(scene) - draw.past * minute
  return { start_date: iso(start), end_date: iso(start + draw.minutes * minute) }
}

/** One of the latest trips that fit. */
export function pickTrip({ ledger }: Scene, pick: number, fits: (trip: Trip) => boolean): Trip | undefined {
  const candidates = ledger.live.filter(fits)
  return candidates[pick % candidates.length]
}

/** Who asks about a trip. */
export function asker({ fleet }: Scene, draw: Pick<Draw, 'who'>, trip: Trip): string {
  return { renter: trip.bookedById, manager: fleet.managerId, stranger: fleet.strangerId }[draw.who]
}

export const inStatus =
  (...statuses: string[]) =>
  (trip: Trip): boolean =>
    statuses.includes(trip.status)

export const shifted = (instant: string, minutes: number): string => iso(Date.parse(instant) + minutes * minute)
