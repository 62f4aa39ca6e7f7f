// A race for contested slots: in each, unequal periods that all contain one instant, so exactly one of them can be stored.
import type postgres from 'postgres'

export interface Bid {
  carId: string
  start: string
  end: string
}

export interface Slot {
  carId: string
  /** Every bid of the slot contains it. */
  instant: string
  bids: Bid[]
}

const hour = 3_600_000

/** Slots lie four days apart, so that bids of different slots of a car never meet; no two bids of a slot have the same period. */
export function contestedSlots(carIds: string[], count: number, contenders: number): Slot[] {
  return Array.from({ length: count }, (_, slot) => {
    const carId = carIds[slot % carIds.length] ?? ''
    const instant = Date.UTC(2031, 0, 1) + slot * 96 * hour
    const bids = Array.from({ length: contenders }, (_, i) => ({
      carId,
      start: new Date(instant - (1 + ((i * 7 + slot) % 23)) * hour).toISOString(),
      end: new Date(instant + (1 + ((i * 11 + slot) % 19)) * hour + i * 60_000).toISOString(),
    }))
    return { carId, instant: new Date(instant).toISOString(), bids }
  })
}

/**
 * Sends `connections` bids at a time, all bids of a slot at once, and counts the answers. `book` answers a word for what happened.
 */
export async function race(
  slots: Slot[],
  connections: number,
  book: (bid: Bid, lane: number) => Promise<string>,
): Promise<Record<string, number>> {
  const answers: Record<string, number> = {}
  const together = Math.max(1, Math.floor(connections / (slots[0]?.bids.length ?? 1)))
  for (let first = 0; first < slots.length; first += together) {
    const bids = slots.slice(first, first + together).flatMap((slot) => slot.bids)
    for (const answer of await Promise.all(bids.map(book))) answers[answer] = (answers[answer] ?? 0) + 1
  }
  return answers
}

export interface Outcome {
  stored: number
  /** Slots whose instant lies in at least one stored trip. */
  filled: number
  /** Pairs of stored trips of one car that have an instant in common, by comparing every trip with every other. */
  overlaps: number
}

/** Looks at what a race left in `table` (columns car_id, trip_start_date, trip_end_date). */
export async function outcomeOf(sql: postgres.Sql, table: string, slots: Slot[]): Promise<Outcome> {
  const [row] = await sql<Outcome[]>`
    with stored as materialized (
      select car_id, trip_start_date as starts, trip_end_date as ends, row_number() over () as n from ${sql(table)}),
    slots as (select * from unnest(${slots.map((s) => s.carId)}::uuid[], ${slots.map((s) => s.instant)}::timestamptz[]) as s (car_id, instant))
    select (select count(*) from stored)::integer as stored,
           (select count(*) from slots as s where exists (
             select from stored as t where t.car_id = s.car_id and s.instant between t.starts and t.ends))::integer as filled,
           (select count(*) from stored as a join stored as b on b.car_id = a.car_id and b.n > a.n
             and b.starts <= a.ends and b.ends >= a.starts)::integer as overlaps`
  if (!row) throw new Error('no outcome')
  return row
}
