// What the shared server wrote into its log about one database since a moment, and how many deadlocks it counted there.
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { expect } from 'vitest'
import type { TestDatabase } from './database.ts'

/** Answers a function that reads the lines about this database written since now. */
export function watchLog({ cluster, name }: TestDatabase): () => string[] {
  const start = statSync(cluster.serverLog).size
  return () => {
    const file = openSync(cluster.serverLog, 'r')
    try {
      const rest = Buffer.alloc(fstatSync(file).size - start)
      const read = readSync(file, rest, 0, rest.length, start)
      const lines = rest.toString('utf8', 0, read).split('\n')
      return lines.filter((line) => line.includes(`@${name} `))
    } finally {
      closeSync(file)
    }
  }
}

/** Lines of a server's log that report a deadlock. */
export const deadlocksIn = (lines: string[]): string[] => lines.filter((line) => line.includes('deadlock detected'))

/** How many deadlocks PostgreSQL counted in this database; waits until its other sessions have ended, because each counts for itself until then. */
export async function countedDeadlocks(database: TestDatabase, stillOpen = 0): Promise<number> {
  const count = async () => {
    const [row] = await database.admin<{ others: number; deadlocks: number }[]>`
      select (select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid())::integer as others,
             deadlocks::integer from pg_stat_database where datname = current_database()`
    return row
  }
  await expect.poll(async () => (await count())?.others, { timeout: 10_000, interval: 20 }).toBeLessThanOrEqual(stillOpen)
  return (await count())?.deadlocks ?? Number.NaN
}
