// Several bookings as one statement, as a pool sends them.
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
