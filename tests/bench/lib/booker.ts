// A contestant that books over HTTP. Each answer 200 must be a row, and each row an answer 200 or a call whose answer nobody waited for.
import { bookingOf, type Slots } from './bookings.ts'
import { faultsOf, metered, type Shot } from './fire.ts'
import type { Program } from './programs.ts'
import type { RequestName } from './requests.ts'
import type { Stage } from './stage.ts'
import type { Contestant } from './turns.ts'

export interface Booker {
  name: string
  program: Pick<Program, 'url' | 'pid'>
  request: RequestName
  connections: number
  slots?: Slots
  /** Numbers that nobody else gets; the stage's unless told. */
  take?: (count: number) => number
}

export function booker(stage: Stage, options: Booker): Contestant {
  return { name: options.name, shoot: (seconds) => book(stage, options, seconds) }
}

async function book(stage: Stage, options: Booker, seconds: number): Promise<Shot> {
  const { sql, callers, load, postmaster } = stage
  const { program, request, connections } = options
  const slots = options.slots ?? stage.slots
  const take = options.take ?? stage.take
  const from = take(0)
  const before = await tripsStored(stage)
  const shot = await metered({ server: program.pid, postmaster }, async () => {
    const report = await load.fire({ url: program.url, request, callers, connections, seconds, from, slots })
    return { ...report, calls: report.ok }
  })
  take(shot.made)
  // What was under way when time was up is stored or undone before the next turn.
  await settled(stage)
  const stored = (await tripsStored(stage)) - before
  const unheard = shot.open.map((n) => bookingOf(n, slots))
  const [row] = await sql<{ n: number }[]>`
    select count(*)::integer as n from trips as t
      join unnest(${unheard.map((b) => b.carId)}::uuid[], ${unheard.map((b) => b.startDate)}::timestamptz[]) as u (car_id, starts)
        on t.car_id = u.car_id and t.trip_start_date = u.starts and t.status = 'confirmed'`
  const lost = shot.ok - (stored - (row?.n ?? 0))
  return {
    rate: shot.rate,
    p50: shot.p50,
    p99: shot.p99,
    calls: shot.ok,
    cpu: shot.cpu,
    faults: [...faultsOf(shot), ...(lost === 0 ? [] : [`${shot.ok} answers 200, and ${shot.ok - lost} rows`])],
  }
}

export async function tripsStored({ sql }: Stage): Promise<number> {
  const [row] = await sql<{ n: number }[]>`select count(*)::integer as n from trips`
  return row?.n ?? Number.NaN
}

/** Resolves when no other connection to this database is in the middle of something, for ten seconds at most. */
export async function settled({ sql }: Stage): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const [row] = await sql<{ busy: number }[]>`
      select count(*)::integer as busy from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend' and state <> 'idle'`
    if (row?.busy === 0) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the database did not come to rest')
}
