// How many deadlocks there were: those that callers saw, and those that PostgreSQL counted, whoever retried what.
import { setTimeout as pause } from 'node:timers/promises'
import type postgres from 'postgres'

/** Deadlocks counted in this database so far. */
export async function countedDeadlocks(admin: postgres.Sql): Promise<number> {
  const [row] = await admin<{ deadlocks: number }[]>`
    select deadlocks::integer as deadlocks from pg_stat_database where datname = current_database()`
  return row?.deadlocks ?? 0
}

/** Waits until no session of the run is left: each counts for itself until it ends. Gives up after ten seconds. */
export async function untilGone(admin: postgres.Sql, applicationName: string): Promise<void> {
  const deadline = Date.now() + 10_000
  for (;;) {
    const [row] = await admin<{ left: number }[]>`
      select count(*)::integer as left from pg_stat_activity where datname = current_database() and application_name = ${applicationName}`
    if (row?.left === 0 || Date.now() > deadline) return
    await pause(20)
  }
}
