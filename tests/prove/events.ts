// Reads what happened while it happens, as a subscriber would, and runs a relay so that there is something to read.
import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '@fleetflow/db'
import type postgres from 'postgres'
import type { Fleet } from './scene.ts'

export interface SeenEvent {
  /** The place in what was read: a position of the log, or a number of the outbox where that is paged by. */
  at: number
  entity: string
  entityId: string
  version: number | null
  status: string | null
  type: string
}

export interface Reader {
  seen: SeenEvent[]
  /** Reads once more; answers how many there were. */
  read(): Promise<number>
}

/** Pages the log by its position, which is dense: nothing can appear behind the cursor. */
export async function readLog(sys: postgres.Sql, fleet: Fleet): Promise<Reader> {
  const [row] = await sys<{ pos: number }[]>`select coalesce(max(pos), 0)::float8 as pos from public.event_log`
  let cursor = row?.pos ?? 0
  const seen: SeenEvent[] = []
  const read = async () => {
    const rows = await sys<(SeenEvent & { fleetId: string })[]>`
      select pos::float8 as at, entity, entity_id as "entityId", version, after ->> 'status' as status, type, fleet_id as "fleetId"
        from public.event_log where pos > ${cursor} order by pos limit 1000`
    cursor = rows.at(-1)?.at ?? cursor
    for (const { fleetId, ...event } of rows) if (fleetId === fleet.id) seen.push(event)
    return rows.length
  }
  return { seen, read }
}

/** Pages the outbox by its sequence: what commits late lies behind the cursor and is never seen. */
export async function readBySequence(sys: postgres.Sql, fleet: Fleet): Promise<Reader> {
  let cursor = 0
  const seen: SeenEvent[] = []
  const read = async () => {
    const rows = await sys<SeenEvent[]>`
      select seq::float8 as at, entity, entity_id as "entityId", nullif(version, 0) as version,
             coalesce(after, before) ->> 'status' as status, 'trip.changed' as type
        from public.outbox where seq > ${cursor} and car_id = any (${fleet.carIds}) order by seq limit 1000`
    cursor = rows.at(-1)?.at ?? cursor
    seen.push(...rows)
    return rows.length
  }
  return { seen, read }
}

/** Moves what is in the outbox into the log; NULL means that another relay is at work. */
async function relay(db: Database): Promise<number | null> {
  const [row] = await db.sql<{ moved: number | null }[]>`select public.relay_events(1000) as moved`
  return row?.moved ?? null
}

const idleMs = 10
const patienceMs = 30_000

/** Resolves when nothing of this fleet waits for the relay any longer. */
async function untilRelayed(sys: postgres.Sql, fleet: Fleet): Promise<boolean> {
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await pause(idleMs)) {
    const rows = await sys`select from public.outbox where car_id = any (${fleet.carIds}) limit 1`
    if (rows.length === 0) return true
  }
  return false
}

export interface Following {
  seen: SeenEvent[]
  /** Reads to the end and answers whether there was one. */
  end(): Promise<boolean>
}

/** Relays (unless the reader wants the outbox for itself) and reads until `end`. Errors of either are thrown by `end`. */
export function follow(db: Database, sys: postgres.Sql, fleet: Fleet, reader: Reader, relays: boolean): Following {
  const ended = new AbortController()
  const repeat = async (work: () => Promise<number | null>) => {
    while (!ended.signal.aborted) if (!(await work())) await pause(idleMs)
  }
  const working = Promise.all([repeat(reader.read), ...(relays ? [repeat(() => relay(db))] : [])])
  working.catch(() => {})
  return {
    seen: reader.seen,
    end: async () => {
      const done = relays ? await Promise.race([untilRelayed(sys, fleet), working.then(() => true)]) : true
      ended.abort()
      await working
      while ((await reader.read()) > 0);
      return done
    },
  }
}
