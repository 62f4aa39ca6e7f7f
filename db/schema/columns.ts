// Column types that several tables share: instants, minor units and time ranges.
import { bigint, customType, timestamp } from 'drizzle-orm/pg-core'

/** An instant with its offset resolved; PostgreSQL keeps microseconds, so it is read and written as text. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'string' })

/** An amount in the minor unit of its currency (cents, yen, fils). */
export const minorUnits = (name: string) => bigint(name, { mode: 'bigint' })

/** A range of instants in PostgreSQL's text form, for example `["2026-01-01 10:00:00+00","2026-01-01 12:00:00+00"]`. */
export const instantRange = customType<{ data: string }>({ dataType: () => 'tstzrange' })

/** Bytes as they are. */
export const bytes = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' })

/** A range of local dates in PostgreSQL's text form, for example `[2026-07-01,2026-09-01)`. */
export const dateRange = customType<{ data: string }>({ dataType: () => 'daterange' })

/** The transaction that wrote a row; it never wraps. */
export const transactionId = customType<{ data: string }>({ dataType: () => 'xid8' })
