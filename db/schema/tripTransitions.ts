// The allowed steps of a trip's life, as rows; `none` stands for "does not exist yet".
import { pgTable, primaryKey, text } from 'drizzle-orm/pg-core'

export const tripTransitions = pgTable(
  'trip_transitions',
  {
    fromStatus: text('from_status').notNull(),
    toStatus: text('to_status').notNull(),
    operation: text('operation').notNull(),
  },
  (t) => [primaryKey({ name: 'trip_transitions_pkey', columns: [t.fromStatus, t.toStatus, t.operation] })],
)
