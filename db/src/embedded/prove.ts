// Proves that the server behind an address is our own cluster, and makes the database in it.
import postgres from 'postgres'
import { codeOf, EmbeddedError, messageOf } from './errors.ts'

/** Refuses with EmbeddedError unless the server at `url` (superuser) runs on this data directory and has this system identifier. */
export async function proveOwnCluster(url: string, expected: { dataDirectory: string; systemIdentifier: string }): Promise<void> {
  const found = await withConnection(url, async (sql) => {
    const [row] = await sql<{ dataDirectory: string; systemIdentifier: string }[]>`
      select pg_catalog.current_setting('data_directory') as "dataDirectory", system_identifier::text as "systemIdentifier"
        from pg_catalog.pg_control_system()`
    return row
  })
  if (found?.dataDirectory === expected.dataDirectory && found.systemIdentifier === expected.systemIdentifier) return
  throw new EmbeddedError(
    `the server on port ${new URL(url).port} is not our own: it runs on ${found?.dataDirectory} with identifier ${found?.systemIdentifier}, ` +
      `expected ${expected.dataDirectory} with ${expected.systemIdentifier}`,
  )
}

export async function ensureDatabase(url: string, name: string): Promise<void> {
  await withConnection(url, async (sql) => {
    const found = await sql`select from pg_catalog.pg_database where datname = ${name}`
    if (found.length === 0) await sql`create database ${sql(name)}`
  })
}

async function withConnection<T>(url: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, ssl: false, connect_timeout: 10, onnotice: () => undefined })
  try {
    return await work(sql)
  } catch (error) {
    const stranger = codeOf(error)?.startsWith('28') ? 'is not our own, it refuses our password' : 'does not answer as ours'
    throw new EmbeddedError(`the server on port ${new URL(url).port} ${stranger}: ${messageOf(error)}`, { cause: error })
  } finally {
    await sql.end({ timeout: 5 })
  }
}
