// PostgreSQL's own benchmark on the same function with the same arguments; where it is not installed, as many connections of postgres.js.
import { execFile, execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import postgres from 'postgres'
import { settled, tripsStored } from './booker.ts'
import { bookingOf, carId, hoursApart } from './bookings.ts'
import { metered, type Shot } from './fire.ts'
import type { Stage } from './stage.ts'
import type { Contestant } from './turns.ts'

const clientCounts = [8, 16, 32, 64]
/** Bookings a second for which numbers are set aside: nobody knows before how many there will be. */
const headroom = 20_000

export const isInstalled = ((): boolean => {
  try {
    execFileSync('pgbench', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

/** At its best of several numbers of clients, each with its own turn in every round. */
export function pgbench(stage: Stage): Contestant {
  const attempt = isInstalled ? runPgbench : runPostgresJs
  return {
    name: isInstalled ? 'pgbench' : 'postgres.js, as pgbench',
    async shoot(seconds) {
      const shots: Shot[] = []
      for (const clients of clientCounts) shots.push(await turn(stage, clients, seconds, attempt))
      const best = shots.reduce((a, b) => (b.rate > a.rate ? b : a))
      const tried = Object.fromEntries(clientCounts.map((clients, i) => [`${clients} clients`, shots[i]?.rate ?? Number.NaN]))
      return { ...best, tried, faults: shots.flatMap(({ faults }) => faults) }
    },
  }
}

interface Attempt {
  calls: number
  rate: number
  /** Milliseconds; pgbench says a mean only. */
  p50: number
  p99: number
}

type Run = (stage: Stage, clients: number, seconds: number, from: number) => Promise<Attempt>

async function turn(stage: Stage, clients: number, seconds: number, run: Run): Promise<Shot> {
  const from = stage.take(headroom * seconds)
  const before = await tripsStored(stage)
  const attempt = await metered({ postmaster: stage.postmaster }, () => run(stage, clients, seconds, from))
  await settled(stage)
  const stored = (await tripsStored(stage)) - before
  const faults = stored === attempt.calls ? [] : [`${attempt.calls} transactions of ${clients} clients, and ${stored} rows`]
  return { ...attempt, faults }
}

/** Number n of client c's i-th booking is from + i * clients + c; the same arithmetic as bookingOf, in SQL. */
function script({ slots, callers }: Stage, clients: number, from: number): string {
  const actor = callers[0]?.actor
  const [head, tail] = ['{"issuer":"', actor?.issuer ?? '']
  return `
\\set i :i + 1
\\set n ${from} + :i * ${clients} + :client_id
\\set car ${slots.firstCar} + :n % ${slots.cars}
\\set hours (:n / ${slots.cars}) * ${hoursApart}
\\set who :client_id % ${callers.length}
select public.create_trip_rpc(
  car_id => ('${carId(0).slice(0, 24)}' || lpad(:car::text, 12, '0'))::uuid, user_id => null::uuid,
  start_date => '${new Date(slots.base).toISOString()}'::timestamptz + make_interval(hours => :hours::integer),
  end_date => '${new Date(slots.base).toISOString()}'::timestamptz + make_interval(hours => :hours::integer + 1),
  actor => ('${head}${tail}","subject":"renter' || :who::text || '@example.com","email":"renter' || :who::text || '@example.com"}')::jsonb,
  purpose => 'rental', max_total => null::bigint, quote_id => null::uuid, extras => null::jsonb, driver_id => null::uuid,
  idempotency_key => 'pgbench-' || :n::text, dry_run => false, alternatives => 0);
`
}

async function runPgbench(stage: Stage, clients: number, seconds: number, from: number): Promise<Attempt> {
  const file = join(stage.home, 'create.sql')
  writeFileSync(file, script(stage, clients, from))
  const { hostname, port, username, password, pathname } = new URL(stage.apiUrl)
  const threads = Math.min(clients, availableParallelism())
  const flags = ['-n', '-M', 'prepared', '-c', clients, '-j', threads, '-T', Math.max(1, Math.round(seconds)), '-D', 'i=-1', '-f', file]
  const { stdout } = await promisify(execFile)('pgbench', [...flags.map(String), pathname.slice(1)], {
    env: { ...process.env, PGHOST: hostname, PGPORT: port, PGUSER: username, PGPASSWORD: decodeURIComponent(password) },
  })
  const figure = (pattern: RegExp) => Number(pattern.exec(stdout)?.[1] ?? Number.NaN)
  return {
    calls: figure(/actually processed: (\d+)/),
    rate: figure(/tps = ([\d.]+)/),
    p50: figure(/latency average = ([\d.]+)/),
    p99: Number.NaN,
  }
}

async function runPostgresJs({ apiUrl, slots, callers }: Stage, clients: number, seconds: number, from: number): Promise<Attempt> {
  const sql = postgres(apiUrl, { max: clients, onnotice: () => {} })
  const times: number[] = []
  const client = async (c: number, until: number): Promise<void> => {
    for (let i = 0; performance.now() < until; i += 1) {
      const n = from + i * clients + c
      const { carId: car, startDate, endDate } = bookingOf(n, slots)
      const actor = JSON.stringify(callers[c % callers.length]?.actor)
      const started = performance.now()
      await sql`
        select public.create_trip_rpc(car_id => ${car}, start_date => ${startDate}, end_date => ${endDate}, actor => ${actor}::text::jsonb,
          idempotency_key => ${`pgbench-${n}`}) as answer`
      times.push(performance.now() - started)
    }
  }
  const started = performance.now()
  await Promise.all(Array.from({ length: clients }, (_, c) => client(c, started + seconds * 1000)))
  const took = (performance.now() - started) / 1000
  await sql.end()
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.floor(times.length * share)] ?? Number.NaN
  return { calls: times.length, rate: times.length / took, p50: at(0.5), p99: at(0.99) }
}
