// Several bookings as one statement, as a pool sends them.
import type { Database } from '@fleetflow/db'
import type postgres from 'postgres'

export type Outcome = { answer: Record<string, unknown>; refusal?: { code: string }; replayed?: boolean } | null

/** Calls create_trips_rpc; needs a connection that may run it. */
export async function bookMany(sql: postgres.Sql | postgres.TransactionSql, calls: readonly unknown[]): Promise<Outcome[]> {
  const [row] = await sql<{ outcomes: Outcome[] }[]>`select public.create_trips_rpc(${JSON.stringify(calls)}::text::jsonb) as outcomes`
  return row?.outcomes ?? []
}

/** Days of 2031 that nobody has booked yet: each call answers the next two. */
export function freshDays(): () => { start_date: string; end_date: string } {
  let day = 0
  return () => {
    day += 2
    const start = Date.UTC(2031, 0, day, 10)
    return { start_date: new Date(start).toISOString(), end_date: new Date(start + 86_400_000).toISOString() }
  }
}

interface Sent {
  /** The function it calls. */
  fn: string
  /** How many bookings it carries. */
  size: number
  /** The keys of the bookings that travel together. */
  keys: string[]
}

/** The same pool, and what it sends from now on. */
export function recorded(pool: Database): { db: Database; sent: Sent[] } {
  const sent: Sent[] = []
  const unsafe: postgres.Sql['unsafe'] = (text, values, options) => {
    const fn = /public\.(\w+)\(/.exec(text)?.[1] ?? text
    const calls = fn === 'create_trips_rpc' ? (JSON.parse(String(values?.[0])) as { idempotency_key?: string }[]) : []
    sent.push({ fn, size: Math.max(1, calls.length), keys: calls.map((call) => call.idempotency_key ?? '') })
    return pool.sql.unsafe(text, values, options)
  }
  const sql = new Proxy(pool.sql, { get: (target, name) => (name === 'unsafe' ? unsafe : Reflect.get(target, name)) })
  return { db: { ...pool, sql }, sent }
}
