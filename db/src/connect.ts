// Opens connections: the API's pool, bound to the role that may only call functions, and an administrator's single connection.
import postgres from 'postgres'
import type { BookingOptions } from './bookings.ts'
import { bookingsOf } from './call.ts'
import { type Turns, takeTurns } from './turns.ts'

export interface Database {
  sql: postgres.Sql
  /** A connection beside the pool, opened when somebody asks whether the database answers. */
  probe: postgres.Sql
  /** Bounds how much of the pool one car may take. */
  turns: Turns
  /** Bounds how much of the pool one caller may take. */
  callerTurns: Turns
  /** How bookings wait for each other. */
  bookings: BookingOptions
  /** How long a call waits for an answer before UNAVAILABLE. */
  deadlineMs: number
  close(): Promise<void>
}

export interface ConnectOptions {
  /** PostgreSQL 15 or newer. */
  url: string
  /** Connections in the pool; 10 unless told. */
  max?: number
  /** How long a statement waits for a car's lock before CAR_BUSY; 5,000 ms unless told. */
  lockTimeoutMs?: number
  /** How long a statement may run before TIMEOUT; 15,000 ms unless told. */
  statementTimeoutMs?: number
  /** How long a call waits for its answer, whatever the server does, before UNAVAILABLE; the statement timeout and 5,000 ms unless told. */
  deadlineMs?: number
  applicationName?: string
  /** How bookings wait for each other; see db/src/bookings.ts. */
  bookings?: Omit<BookingOptions, 'patienceMs'>
}

/** Instants go to PostgreSQL as they were written: the driver would make a Date of them, which loses microseconds and has no infinity. */
const asText = {
  to: 1184,
  from: [],
  serialize: (value: unknown) => (value instanceof Date ? value.toISOString() : String(value)),
  parse: (value: string) => value,
}

/** What is sent on a connection behind a booking that waits for its car would wait with it. How many more the driver sends behind one; its types leave the option out. */
const oneAtATime = { max_pipeline: 0 }

/**
 * A pool whose every connection acts as `fleetflow_api`, whoever the URL logs in as. Limits are set when a connection starts, because
 * settings of a role do not follow SET ROLE. Opens no connection before the first query.
 */
export function connect(options: ConnectOptions): Database {
  const statementTimeoutMs = options.statementTimeoutMs ?? 15_000
  const max = options.max ?? 10
  const lockTimeoutMs = options.lockTimeoutMs ?? 5_000
  const common = {
    ...oneAtATime,
    // The driver's own pause grows to 20 s: callers would hang long after the database is back.
    backoff: () => 0.1,
    onnotice: () => {},
    types: { timestamptz: asText },
    connection: {
      application_name: options.applicationName ?? 'fleetflow',
      role: 'fleetflow_api',
      TimeZone: 'UTC',
      lock_timeout: lockTimeoutMs,
      statement_timeout: statementTimeoutMs,
      idle_in_transaction_session_timeout: 15_000,
      client_connection_check_interval: 1_000,
      // A failing statement is logged without what was sent to it, whatever the server's own setting says. The driver leaves out a number 0.
      log_parameter_max_length_on_error: '0',
    },
  }
  const sql = postgres(options.url, { ...common, max, connect_timeout: 10 })
  const probe = postgres(options.url, { ...common, max: 1, connect_timeout: 2, idle_timeout: 30 })
  const db: Database = {
    sql,
    probe,
    turns: takeTurns({ atOnce: Math.max(1, Math.ceil(max / 2)), patienceMs: lockTimeoutMs, code: 'CAR_BUSY' }),
    callerTurns: takeTurns({ atOnce: Math.max(1, Math.ceil(max * 0.75)), patienceMs: statementTimeoutMs, code: 'OVERLOADED' }),
    bookings: { ...options.bookings, patienceMs: lockTimeoutMs },
    deadlineMs: options.deadlineMs ?? statementTimeoutMs + 5_000,
    close: async () => {
      bookingsOf(db).close()
      await Promise.all([sql.end({ timeout: 5 }), probe.end({ timeout: 1 })])
    },
  }
  return db
}

/** Settings of an administrator's connection: one, in UTC, without the notices of `if exists`. */
export const adminOptions = (applicationName: string): postgres.Options<Record<string, postgres.PostgresType>> => ({
  max: 1,
  connect_timeout: 10,
  onnotice: () => {},
  types: { timestamptz: asText },
  connection: { application_name: applicationName, TimeZone: 'UTC', search_path: 'public' },
})
