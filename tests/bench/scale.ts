// `pnpm bench:scale [--cars N] [--trips N] [--hot N] [--rounds N] [--home FOLDER] [--keep]`: makes fleets of any size in an embedded PostgreSQL of their own,
// checks that every read and booking touches indexes and a bounded number of rows, and says how long each takes. 100,000 cars and 10,000,000 trips unless told.
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { call, connect } from '@fleetflow/db'
import { adminOptions, migrate } from '@fleetflow/db/admin'
import { acquireEmbedded } from '@fleetflow/db/embedded'
import postgres from 'postgres'
import { type ScaleCall, scaleCalls } from '../support/scaleCalls.ts'
import { makeScale, type Scale } from '../support/scaleData.ts'
import { type Touched, touched } from '../support/touched.ts'

const watched = ['cars', 'trips', 'trip_lines', 'reviews', 'idempotency_keys', 'event_log']

const { values } = parseArgs({
  options: {
    cars: { type: 'string', default: '100000' },
    trips: { type: 'string', default: '10000000' },
    hot: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '200' },
    home: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})

const fleetCars = 1000
const number = (value: number) => Math.round(value).toLocaleString('en')

function progress(what: string, done: number, all: number): void {
  const share = all === 0 ? 1 : Math.min(1, done / all)
  const bar = '#'.repeat(Math.round(share * 30)).padEnd(30, '.')
  const line = `${what.padEnd(8)} [${bar}] ${number(done)} of ${number(all)}`
  process.stderr.write(process.stderr.isTTY ? `\r${line}` : `${line}\n`)
}

/** What a call reads beyond its bounds, in words; undefined when it keeps them. */
function excess(given: ScaleCall, { scans, rows }: Touched): string | undefined {
  const scanned = watched.filter((table) => (scans[table] ?? 0) > 0)
  if (scanned.length > 0) return `reads ${scanned.join(', ')} from end to end`
  const limits = { cars: given.cars ?? 100, trips: given.trips ?? 100 }
  const [over] = Object.entries(limits).filter(([table, limit]) => (rows[table] ?? 0) > limit)
  return over === undefined ? undefined : `reads ${number(rows[over[0]] ?? 0)} rows of ${over[0]}, at most ${number(over[1])} are allowed`
}

/** Milliseconds of each of `rounds` calls, undone like the first, sorted. */
async function measure(
  sql: postgres.Sql,
  given: ScaleCall,
  rounds: number,
): Promise<{ times: number[]; reads: Touched; answered: string }> {
  const database = connect({ url: 'postgres://unused' })
  const times: number[] = []
  let answered = 'an answer'
  const once = async (tx: postgres.TransactionSql) => {
    const started = performance.now()
    answered = await call({ ...database, sql: tx as never }, given.fn, given.args as never).then(
      () => 'an answer',
      (error: { code?: string }) => error.code ?? String(error),
    )
    times.push(performance.now() - started)
  }
  for (let round = 0; round < 5; round += 1) await touched(sql, once)
  const reads = await touched(sql, once)
  times.length = 0
  for (let round = 0; round < rounds; round += 1) await touched(sql, once)
  return { times: times.toSorted((a, b) => a - b), reads, answered }
}

async function check(sql: postgres.Sql, scale: Scale, rounds: number): Promise<number> {
  let faults = 0
  console.log(`${'call'.padEnd(42)}${'median'.padStart(10)}${'p99'.padStart(10)}${'cars'.padStart(9)}${'trips'.padStart(9)}`)
  for (const given of scaleCalls(scale, { fleetCars })) {
    const { times, reads, answered } = await measure(sql, given, rounds)
    const at = (share: number) => `${(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(2)} ms`
    const fault = answered === (given.refused ?? 'an answer') ? excess(given, reads) : `answers ${answered}`
    if (fault !== undefined) faults += 1
    const cells = [
      at(0.5).padStart(10),
      at(0.99).padStart(10),
      number(reads.rows.cars ?? 0).padStart(9),
      number(reads.rows.trips ?? 0).padStart(9),
    ]
    console.log(`${given.name.padEnd(42)}${cells.join('')}${fault === undefined ? '' : `   FAULT: ${fault}`}`)
  }
  return faults
}

async function main(): Promise<number> {
  const [cars, trips, hotTrips, rounds] = [values.cars, values.trips, values.hot, values.rounds].map(Number) as [
    number,
    number,
    number,
    number,
  ]
  const home = values.home ?? mkdtempSync(join(tmpdir(), 'fleetflow-scale-'))
  const embedded = await acquireEmbedded({ home })
  try {
    const maintenance = postgres(embedded.urlFor('postgres'), adminOptions('fleetflow-bench'))
    await maintenance`drop database if exists scale with (force)`
    await maintenance`create database scale`
    await maintenance.end()
    await migrate(embedded.urlFor('scale'))
    const sql = postgres(embedded.urlFor('scale'), adminOptions('fleetflow-bench'))
    await sql.unsafe("set maintenance_work_mem = '1GB'; set synchronous_commit = off")
    const started = performance.now()
    const scale = await makeScale(sql, { cars, trips, hotTrips, fleetCars, bulk: true, onProgress: progress })
    const [made] = await sql`select (select count(*) from cars)::integer as cars, (select count(*) from trips)::integer as trips,
      pg_size_pretty(pg_database_size('scale')) as size, (select convalidated from pg_constraint where conname = 'prevent_overlap') as validated`
    const seconds = ((performance.now() - started) / 1000).toFixed(0)
    console.log(
      `\n${number(made?.cars)} cars, ${number(made?.trips)} trips, ${made?.size}, made in ${seconds} s; prevent_overlap ${made?.validated ? 'holds' : 'IS MISSING'}`,
    )
    // As the API's role, within transactions that are undone.
    await sql`reset synchronous_commit`
    await sql`set role fleetflow_api`
    const faults = await check(sql, scale, rounds)
    await sql.end()
    console.log(`${faults} faults; ${rounds} rounds, load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores`)
    return faults === 0 && made?.validated === true ? 0 : 1
  } finally {
    await embedded.release()
    if (values.home === undefined && !values.keep) rmSync(home, { recursive: true, force: true })
    else console.log(`kept in ${home}`)
  }
}

process.exitCode = await main()
