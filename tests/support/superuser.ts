// A superuser's connection to a test database, for tests that take a guard away or look where nobody else may.
import { adminOptions } from '@fleetflow/db/admin'
import postgres from 'postgres'
import { afterAll } from 'vitest'
import type { TestDatabase } from './database.ts'

/** One connection, or `max`; closed after the file. */
export function openSuperuser(database: TestDatabase, options: { max?: number } = {}): postgres.Sql {
  const url = Object.assign(new URL(database.cluster.superuserUrl), { pathname: `/${database.name}` }).href
  const sql = postgres(url, { ...adminOptions('fleetflow-tests'), max: options.max ?? 1 })
  afterAll(() => sql.end({ timeout: 1 }))
  return sql
}
