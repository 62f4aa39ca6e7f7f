// Every role of ours that logs in, on a real connection of its own, with what it may touch and run.
import { batches, functions, services } from '@fleetflow/db'
import postgres from 'postgres'
import { afterAll } from 'vitest'
import type { TestDatabase } from './database.ts'

export interface LoginRole {
  role: string
  /** Where it logs in. */
  url(db: TestDatabase): string
  /** A schema whose tables are its own business, or null. */
  ownSchema: string | null
  /** The functions it may run, as `schema.name`. */
  runs: string[]
}

/** A login role that is missing here fails the suite. */
export const loginRoles: LoginRole[] = [
  // First: what the API runs empties the outbox.
  { role: 'fleetflow_auth', url: (db) => db.authUrl, ownSchema: 'issuer', runs: [] },
  {
    role: 'fleetflow_api',
    url: (db) => db.apiUrl,
    ownSchema: null,
    runs: [...Object.keys(functions), ...Object.keys(services), ...Object.keys(batches)].map((name) => `public.${name}`),
  },
]

/** One plain connection, without any setting of ours; closed after the file. */
export function logIn(db: TestDatabase, login: LoginRole): postgres.Sql {
  const sql = postgres(login.url(db), { max: 1, onnotice: () => {}, fetch_types: false })
  afterAll(() => sql.end({ timeout: 1 }))
  return sql
}
