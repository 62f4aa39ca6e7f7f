// How far the event log has come: one row, whose lock makes one relay work at a time.
import { sql } from 'drizzle-orm'
import { bigint, boolean, check, pgTable, primaryKey } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

export const eventRelay = pgTable(
  'event_relay',
  {
    single: boolean('single').notNull().default(true),
    lastPos: bigint('last_pos', { mode: 'bigint' }).notNull().default(sql`0`),
    movedAt: instant('moved_at'),
  },
  (t) => [primaryKey({ name: 'event_relay_pkey', columns: [t.single] }), check('event_relay_only_one', sql`${t.single}`)],
)
