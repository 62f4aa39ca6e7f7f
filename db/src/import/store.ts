// Stores a batch of records: those that can be read go to the database as one statement, the others and its refusals to the rejects.
import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'
import type { Refusal, RefusalCode, Rejects } from './rejects.ts'
import type { Fault, FileRecord, TripRow } from './rows.ts'

export interface ImportCounts {
  /** Rows that were read and decided on. */
  rows: number
  inserted: number
  refused: number
  /** Rows that an earlier run, or an earlier row with the same id, had stored. */
  already: number
}

export interface ImportTotals extends ImportCounts {
  refusedByCode: Partial<Record<RefusalCode, number>>
  /** The line of the file on which the last row that was decided on ends. */
  lastLine: number
}

export const noRows = (): ImportTotals => ({ rows: 0, inserted: 0, refused: 0, already: 0, refusedByCode: {}, lastLine: 1 })

interface Target {
  fleetId: string
  carClass: string
  backToBack: boolean
}

export interface BatchWork {
  sql: postgres.Sql
  target: Target
  readRow: (record: FileRecord) => TripRow | Fault
  rejects: Rejects | undefined
}

interface StoredBatch {
  inserted: number
  already: number
  /** `row` counts from 1 within the batch. */
  refused: (Refusal & { row: number })[]
}

/** Errors: PostgreSQL's own. `totals` are moved only when the batch is committed. */
export async function storeRecords(work: BatchWork, totals: ImportTotals, records: readonly FileRecord[]): Promise<void> {
  const rows: TripRow[] = []
  const refusals: { record: FileRecord; refusal: Refusal }[] = []
  for (const record of records) {
    const read = work.readRow(record)
    if ('reason' in read) refusals.push({ record, refusal: { code: 'BAD_INPUT', ...read } })
    else rows.push(read)
  }
  const counts = { inserted: 0, already: 0 }
  const storePart = async (part: readonly TripRow[]) => {
    const { inserted, already, refused } = await storeRows(work.sql, work.target, part)
    counts.inserted += inserted
    counts.already += already
    for (const { row, ...refusal } of refused) {
      const record = part[row - 1]?.record
      if (record) refusals.push({ record, refusal })
    }
  }
  await Promise.all(partsOf(rows).map(storePart))
  for (const { record, refusal } of refusals.sort((a, b) => a.record.line - b.record.line)) {
    totals.refusedByCode[refusal.code] = (totals.refusedByCode[refusal.code] ?? 0) + 1
    work.rejects?.add(record, refusal)
  }
  await work.rejects?.flush()
  totals.rows += records.length
  totals.inserted += counts.inserted
  totals.already += counts.already
  totals.refused += refusals.length
  totals.lastLine = records.at(-1)?.line ?? totals.lastLine
}

/** Parts of a batch that the database works on at the same time, each on a connection of its own. */
export const parallelParts = 2

/** A vehicle's rows are always in one part, in their order: only among them is there any precedence. */
function partsOf(rows: readonly TripRow[]): TripRow[][] {
  const parts: TripRow[][] = Array.from({ length: parallelParts }, () => [])
  const partOf = new Map<string, TripRow[] | undefined>()
  for (const row of rows) {
    if (!partOf.has(row.vehicle)) partOf.set(row.vehicle, parts[partOf.size % parallelParts])
    partOf.get(row.vehicle)?.push(row)
  }
  return parts.filter((part) => part.length > 0)
}

const passing = new Set(['40P01', '40001'])
const tries = 4

/** One statement, its own transaction; it may be sent again, because rows that are stored already are known. */
async function storeRows(sql: postgres.Sql, target: Target, rows: readonly TripRow[]): Promise<StoredBatch> {
  const mapped = (value: (row: TripRow) => string | null): (string | null)[] => (rows.some((r) => value(r) !== null) ? rows.map(value) : [])
  const places = new Map<string, number>()
  for (const { vehicle } of rows) if (!places.has(vehicle)) places.set(vehicle, places.size + 1)
  for (let attempt = 1; ; attempt += 1) {
    try {
      const [row] = await sql<{ answer: StoredBatch }[]>`
        select private.import_trips(
          fleet_id => ${target.fleetId}::uuid, car_class => ${target.carClass}::text, back_to_back => ${target.backToBack}::boolean,
          vehicles => ${[...places.keys()]}::text[], row_vehicles => ${rows.map((r) => places.get(r.vehicle) ?? 0)}::integer[],
          external_ids => ${rows.map((r) => r.externalId)}::text[],
          starts => ${rows.map((r) => r.start)}::text[]::timestamptz[], ends => ${rows.map((r) => r.end)}::text[]::timestamptz[],
          costs => ${mapped((r) => r.cost?.toString() ?? null)}::text[]::bigint[], currencies => ${mapped((r) => r.currency)}::text[]
        ) as answer`
      if (!row) throw new Error('the import answered nothing')
      return row.answer
    } catch (error) {
      if (attempt >= tries || !(error instanceof postgres.PostgresError) || !passing.has(error.code)) throw error
      await delay(20 + Math.random() * 50 * attempt)
    }
  }
}
