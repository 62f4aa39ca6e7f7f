// The bundled issuer's connection: acts as fleetflow_auth, which sees the schema issuer and nothing else, and its tables as the library names them.
import { DrizzleQueryError } from 'drizzle-orm'
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import { authAccounts, authJwks, authSessions, authUsers, authVerifications } from '../schema/index.ts'
import { type DatabaseError, toDatabaseError } from './errors.ts'
import { type Privileges, privileges } from './health.ts'

const tables = { user: authUsers, session: authSessions, account: authAccounts, verification: authVerifications, jwks: authJwks }

export interface AuthStore {
  database: PostgresJsDatabase<typeof tables>
  tables: typeof tables
  /** Errors: DatabaseError. */
  privileges(): Promise<Privileges>
  /** Forgets sessions and mailed tokens that have expired. */
  forgetExpired(): Promise<void>
  /** What a failed statement means, without the statement and its parameters. */
  failureOf(error: unknown): DatabaseError
  close(): Promise<void>
}

export interface AuthStoreOptions {
  /** Logs in as fleetflow_auth or as somebody who may become it. */
  url: string
  /** Connections in the pool; 5 unless told. */
  max?: number
  statementTimeoutMs?: number
}

/** Opens no connection before the first query. */
export function openAuthStore(options: AuthStoreOptions): AuthStore {
  const sql = postgres(options.url, {
    max: options.max ?? 5,
    connect_timeout: 10,
    backoff: () => 0.1,
    onnotice: () => {},
    connection: {
      application_name: 'fleetflow-issuer',
      role: 'fleetflow_auth',
      TimeZone: 'UTC',
      search_path: 'pg_catalog',
      lock_timeout: 5_000,
      statement_timeout: options.statementTimeoutMs ?? 10_000,
      idle_in_transaction_session_timeout: 15_000,
    },
  })
  return {
    database: drizzle(sql, { schema: tables }),
    tables,
    privileges: () => privileges({ sql }),
    forgetExpired: async () => {
      // Whoever keeps a session alive signs in again after a month all the same.
      await sql`delete from issuer.sessions where expires_at < now() or created_at < now() - interval '30 days'`
      await sql`delete from issuer.verifications where expires_at < now()`
    },
    failureOf: (error) => toDatabaseError(error instanceof DrizzleQueryError ? error.cause : error),
    close: () => sql.end({ timeout: 5 }),
  }
}
