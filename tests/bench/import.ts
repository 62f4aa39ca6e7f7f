// `pnpm bench:import [rounds]`: a whole import against one bare set-based insert of the same rows into the same table, in turn, and their ratio.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { adminOptions, migrate } from '@fleetflow/db/admin'
import { acquireEmbedded, type Embedded } from '@fleetflow/db/embedded'
import { parse } from 'csv-parse/sync'
import postgres from 'postgres'
import { testDataFolder } from '../support/testData.ts'
import { cpuOf } from './lib/cpu.ts'

export interface Measured {
  seconds: number
  inserted: number
  /** Seconds of CPU that the database's process took, which a busy machine falsifies less. */
  cpu: number
}

export type Row = Record<'bike_id' | 'start_date' | 'end_date' | 'trip_id', string>

export const tripsFile = join(testDataFolder, 'babs2014_trips.csv.gz')
const program = join(import.meta.dirname, '..', '..', 'server/src/cli/fleetflow.ts')

/** The rows of a gzipped file of trips. */
export const readTrips = (file: string): Row[] => parse(gunzipSync(readFileSync(file)), { columns: true })

/** A migrated database without rows. */
async function freshDatabase(embedded: Embedded): Promise<string> {
  const sql = postgres(embedded.urlFor('postgres'), adminOptions('fleetflow-bench'))
  await sql`drop database if exists bench`
  await sql`create database bench`
  await sql`checkpoint`
  await sql.end()
  await migrate(embedded.urlFor('bench'))
  return embedded.urlFor('bench')
}

/** The command itself, in a process of its own. */
export function measureImport(url: string, postmaster: number, file = tripsFile): Measured {
  const mapping = 'vehicle=bike_id,start=start_date,end=end_date,id=trip_id'
  const args = ['import', 'trips', file, '--fleet', 'bay', '--create-fleet', '--map', mapping, '--json']
  const env = { ...process.env, DATABASE_ADMIN_URL: url }
  const before = cpuOf(postmaster, 'ended')
  const stdout = execFileSync(process.execPath, [program, ...args], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const { seconds, inserted } = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Measured
  return { seconds, inserted, cpu: cpuOf(postmaster, 'ended') - before }
}

/** The rows wait with their cars and ids in a table of their own; only the insert is measured. Same indexes and constraint, no triggers. */
export async function measureBareInsert(url: string, rows: readonly Row[]): Promise<Measured> {
  const sql = postgres(url, adminOptions('fleetflow-bench'))
  try {
    const [fleet] = await sql<{ id: string }[]>`select private.import_fleet('bay', true, 'USD', 'America/Los_Angeles') as id`
    const fleetId = fleet?.id ?? ''
    await sql`select private.import_cars(${fleetId}::uuid, ${[...new Set(rows.map((row) => row.bike_id))]}::text[], 'imported', false)`
    await sql`create unlogged table waiting (n integer, vehicle text, external_id text, starts timestamptz, ends timestamptz)`
    for (let at = 0; at < rows.length; at += 20_000) {
      const some = rows.slice(at, at + 20_000)
      await sql`
        insert into waiting
        select ${at} + n, vehicle, external_id, starts, ends
          from unnest(${some.map((r) => r.bike_id)}::text[], ${some.map((r) => r.trip_id)}::text[],
                      ${some.map((r) => r.start_date)}::text[]::timestamptz[], ${some.map((r) => r.end_date)}::text[]::timestamptz[])
                 with ordinality as r (vehicle, external_id, starts, ends, n)`
    }
    await sql`create unlogged table ready as
      select w.n, c.id as car_id, private.uuid_v7() as id, c.fleet_id, f.system_user_id, w.starts, w.ends, w.external_id
        from waiting as w join cars as c on c.external_id = w.vehicle join fleets as f on f.id = c.fleet_id order by w.n`
    await sql`analyze`
    await sql`checkpoint`
    await sql`set session_replication_role = replica`
    const [backend] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`
    const before = cpuOf(backend?.pid ?? 0, 'own')
    const started = performance.now()
    const { count } = await sql`
      insert into trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, blocked, currency, external_id)
      select car_id, id, fleet_id, system_user_id, 'rental', 'completed', starts, ends, tstzrange(starts, ends, '[]'), 'USD', external_id
        from ready order by n
      on conflict on constraint prevent_overlap do nothing`
    const seconds = (performance.now() - started) / 1000
    return { seconds, inserted: count, cpu: cpuOf(backend?.pid ?? 0, 'own') - before }
  } finally {
    await sql.end()
  }
}

function show(what: string, { seconds, inserted, cpu }: Measured, rows: number): void {
  const speed = Math.round(rows / seconds).toLocaleString('en')
  const cells = [`${seconds.toFixed(2).padStart(8)} s`, `${speed.padStart(8)} rows/s`, `${cpu.toFixed(2).padStart(8)} s of CPU`]
  console.log(`${what.padEnd(8)}${cells.join('  ')}   ${inserted.toLocaleString('en')} inserted`)
}

async function main(rounds: number): Promise<number> {
  if (!existsSync(tripsFile)) {
    console.error(`There is no ${tripsFile}: set FLEETFLOW_TEST_DATA to the folder that holds it.`)
    return 1
  }
  const rows = readTrips(tripsFile)
  const home = mkdtempSync(join(tmpdir(), 'fleetflow-bench-'))
  const embedded = await acquireEmbedded({ home })
  const postmaster = Number.parseInt(readFileSync(join(embedded.dataDirectory, 'postmaster.pid'), 'utf8'), 10)
  const runs: { bare: Measured; whole: Measured }[] = []
  try {
    for (let round = 1; round <= rounds; round += 1) {
      const bare = await measureBareInsert(await freshDatabase(embedded), rows)
      show('bare', bare, rows.length)
      const whole = measureImport(await freshDatabase(embedded), postmaster)
      show('import', whole, rows.length)
      runs.push({ bare, whole })
    }
  } finally {
    await embedded.release()
    rmSync(home, { recursive: true, force: true })
  }
  const least = (kind: 'bare' | 'whole', what: 'seconds' | 'cpu') => Math.min(...runs.map((run) => run[kind][what]))
  const ratio = (what: 'seconds' | 'cpu') => (least('whole', what) / least('bare', what)).toFixed(2)
  const load = loadavg()[0]?.toFixed(1)
  console.log(
    `ratio ${ratio('seconds')}, of the database's CPU ${ratio('cpu')} (best of ${rounds}; load ${load} on ${availableParallelism()} cores)`,
  )
  return 0
}

if (import.meta.main) process.exitCode = await main(Number(process.argv[2] ?? 2))
