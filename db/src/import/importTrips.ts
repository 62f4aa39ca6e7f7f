// Imports a trip history: reads the next batch of the file while the database works on the one before.
import postgres from 'postgres'
import { adminOptions } from '../connect.ts'
import { toDatabaseError } from '../errors.ts'
import { type ColumnMap, findColumns } from './columns.ts'
import { ImportError } from './errors.ts'
import { openRecords, type RecordFile } from './read.ts'
import { openRejects } from './rejects.ts'
import { rowReader } from './rows.ts'
import { type BatchWork, type ImportCounts, type ImportTotals, noRows, parallelParts, storeRecords } from './store.ts'

export interface ImportOptions {
  /** CSV with a header, plain or gzipped. */
  file: string
  /** Id or slug. */
  fleet: string
  map: ColumnMap
  /** A trip may start at the very instant at which the one before ends. */
  backToBack?: boolean
  /** Where refused rows are written. */
  rejects?: string
  /** Makes the fleet when there is none of this slug. */
  createFleet?: { currency: string; timeZone: string }
  /** Class of cars that the file names for the first time; made when it is missing. Default `imported`. */
  carClass?: string
  onProgress?: (progress: ImportProgress) => void
  /** Stops after the batch that is under way. */
  signal?: AbortSignal
}

export interface ImportProgress extends ImportCounts {
  /** Bytes of the file as it lies on the disk. */
  bytesRead: number
  bytesTotal: number
}

export interface ImportResult extends ImportTotals {
  seconds: number
  /** It was stopped before the end of the file. */
  interrupted: boolean
}

/**
 * The file's order is the precedence: of two rows that overlap on one vehicle the earlier is stored. Each batch is committed by itself, and
 * rows known by (vehicle, id) are left alone, so an import can be run twice, interrupted and continued.
 * Errors: ImportError for what the caller can change (file, columns, fleet); PostgreSQL's own otherwise.
 */
export async function importTrips(adminUrl: string, options: ImportOptions): Promise<ImportResult> {
  const started = performance.now()
  const target = { carClass: classOf(options), backToBack: options.backToBack ?? false }
  const file = await openRecords(options.file)
  const stop = () => file.close()
  options.signal?.addEventListener('abort', stop)
  const { connection, ...rest } = adminOptions('fleetflow-import')
  const sql = postgres(adminUrl, { ...rest, max: parallelParts, connection: { ...connection, role: 'fleetflow_sys' } })
  try {
    const columns = findColumns(options.map, file.header)
    const fleet = await findFleet(sql, options)
    const rejects = options.rejects === undefined ? undefined : await openRejects(options.rejects, file.header)
    const work: BatchWork = { sql, target: { ...target, fleetId: fleet.id }, readRow: rowReader(columns, fleet.currency), rejects }
    const totals = noRows()
    const interrupted = await storeAll(work, totals, file, options).finally(() => rejects?.close())
    return { ...totals, interrupted, seconds: Math.round(performance.now() - started) / 1000 }
  } finally {
    options.signal?.removeEventListener('abort', stop)
    stop()
    await sql.end()
  }
}

/** Resolves to whether it was interrupted. */
async function storeAll(work: BatchWork, totals: ImportTotals, file: RecordFile, { signal, onProgress }: ImportOptions): Promise<boolean> {
  let underway = Promise.resolve()
  try {
    for await (const { records, bytesRead } of file.batches()) {
      await underway
      if (signal?.aborted) return true
      underway = storeRecords(work, totals, records).then(() => {
        const { rows, inserted, refused, already } = totals
        onProgress?.({ rows, inserted, refused, already, bytesRead, bytesTotal: file.size })
      })
      underway.catch(() => {})
    }
    return false
  } catch (error) {
    // The file was closed under its reader, because the caller wants to stop.
    if (signal?.aborted) return true
    throw error
  } finally {
    await underway
  }
}

function classOf({ carClass = 'imported' }: ImportOptions): string {
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(carClass)) {
    throw new ImportError(`The class '${carClass}' is no slug: lower case letters, digits and hyphens`)
  }
  return carClass
}

async function findFleet(sql: postgres.Sql, { fleet, createFleet }: ImportOptions): Promise<{ id: string; currency: string }> {
  try {
    const [found] = await sql<{ id: string }[]>`
      select private.import_fleet(${fleet}::text, ${createFleet !== undefined}::boolean,
               ${createFleet?.currency ?? null}::text, ${createFleet?.timeZone ?? null}::text) as id`
    const [row] = await sql<
      { id: string; currency: string }[]
    >`select f.id, f.currency from public.fleets as f where f.id = ${found?.id ?? null}`
    if (!row) throw new Error('the fleet vanished')
    return row
  } catch (cause) {
    const { code } = toDatabaseError(cause)
    if (code === 'NOT_FOUND') throw new ImportError(`There is no fleet '${fleet}'; --create-fleet makes one`, { cause })
    if (code === 'BAD_INPUT') {
      throw new ImportError(`No fleet can be made of the slug '${fleet}', ${createFleet?.currency} and ${createFleet?.timeZone}`, { cause })
    }
    throw cause
  }
}
