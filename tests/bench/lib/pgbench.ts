// PostgreSQL's own benchmark on the same function with the same arguments; where it is not installed, as many connections of postgres.js.
import { execFile, execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import postgres from 'postgres'
import { settled, tripsStored } from './booker.ts'
import { bookingOf, carId, hoursApart } from './bookings.ts'
import { cpuOfFamily } from './cpu.ts'
import type { Cpu, Shot } from './fire.ts'
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
  /** All transactions, and those that were measured: of the lead-in each connection's first calls compile the functions, which nobody times. */
  stored: number
  calls: number
  cpu: Cpu
  rate: number
  /** Milliseconds; pgbench says a mean only. */
  p50: number
  p99: number
}

type Run = (stage: Stage, clients: number, seconds: number, from: number) => Promise<Attempt>

/** Seconds before those that count. */
const leadIn = (seconds: number): number => (seconds < 3 ? 1 : 3)

async function turn(stage: Stage, clients: number, seconds: number, run: Run): Promise<Shot> {
  const from = stage.take(headroom * (seconds + leadIn(seconds)))
  const before = await tripsStored(stage)
  const { stored, ...shot } = await run(stage, clients, seconds, from)
  await settled(stage)
  const rows = (await tripsStored(stage)) - before
  return { ...shot, faults: rows === stored ? [] : [`${stored} transactions of ${clients} clients, and ${rows} rows`] }
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
  const lead = leadIn(seconds)
  const flags = ['-n', '-M', 'prepared', '-c', clients, '-j', threads, '-T', lead + Math.round(seconds), '-P', 1, '-D', 'i=-1', '-f', file]
  const env = { ...process.env, PGHOST: hostname, PGPORT: port, PGUSER: username, PGPASSWORD: decodeURIComponent(password) }
  const running = promisify(execFile)('pgbench', [...flags.map(String), pathname.slice(1)], { env })
  const { cpuSeconds } = await afterLeadIn(stage, lead, running)
  const { stdout, stderr } = await running
  const measured = [...stderr.matchAll(/^progress: ([\d.]+) s, ([\d.]+) tps, lat ([\d.]+) ms/gm)]
    .slice(lead)
    .map((line) => line.map(Number))
  const mean = (column: number) => measured.reduce((sum, line) => sum + (line[column] ?? 0), 0) / measured.length
  const rate = mean(2)
  return {
    stored: Number(/actually processed: (\d+)/.exec(stdout)?.[1] ?? Number.NaN),
    calls: Math.round(rate * seconds),
    ...{ rate, p50: mean(3), p99: Number.NaN },
    cpu: { server: null, database: (cpuSeconds * 1e6) / (rate * seconds) || null },
  }
}

/** PostgreSQL's seconds of CPU from the end of the lead-in to the end of what runs. */
async function afterLeadIn({ postmaster }: Stage, lead: number, running: Promise<unknown>): Promise<{ cpuSeconds: number }> {
  await new Promise((resolve) => setTimeout(resolve, lead * 1000))
  const before = cpuOfFamily(postmaster)
  await running
  return { cpuSeconds: cpuOfFamily(postmaster) - before }
}

async function runPostgresJs(stage: Stage, clients: number, seconds: number, from: number): Promise<Attempt> {
  const { apiUrl, slots, callers } = stage
  const sql = postgres(apiUrl, { max: clients, onnotice: () => {} })
  const lead = leadIn(seconds) * 1000
  const times: number[] = []
  let stored = 0
  const begun = performance.now()
  const client = async (c: number): Promise<void> => {
    for (let i = 0; performance.now() < begun + lead + seconds * 1000; i += 1) {
      const n = from + i * clients + c
      const { carId: car, startDate, endDate } = bookingOf(n, slots)
      const actor = JSON.stringify(callers[c % callers.length]?.actor)
      const started = performance.now()
      await sql`
        select public.create_trip_rpc(car_id => ${car}, user_id => null, start_date => ${startDate}, end_date => ${endDate},
          actor => ${actor}::text::jsonb, idempotency_key => ${`pgbench-${n}`}) as answer`
      stored += 1
      if (started > begun + lead) times.push(performance.now() - started)
    }
  }
  const running = Promise.all(Array.from({ length: clients }, (_, c) => client(c)))
  const { cpuSeconds } = await afterLeadIn(stage, lead / 1000, running)
  await sql.end()
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.floor(times.length * share)] ?? Number.NaN
  const cpu = { server: null, database: (cpuSeconds * 1e6) / times.length || null }
  return { stored, calls: times.length, rate: times.length / seconds, p50: at(0.5), p99: at(0.99), cpu }
}
