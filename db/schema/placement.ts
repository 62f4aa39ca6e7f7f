// Where each table lives once the database is distributed; `private.shard_lint()` checks the schema against it.
import { sql } from 'drizzle-orm'
import { check, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'

export const placement = pgTable(
  'placement',
  {
    name: text('name').notNull(),
    kind: text('kind', { enum: ['shard', 'reference', 'local'] }).notNull(),
    shardColumn: text('shard_column'),
    colocatedWith: text('colocated_with'),
  },
  (t) => [
    primaryKey({ name: 'placement_pkey', columns: [t.name] }),
    check('placement_kind_known', sql`${t.kind} in ('shard', 'reference', 'local')`),
    check('placement_shard_column', sql`(${t.kind} = 'shard') = (${t.shardColumn} is not null)`),
  ],
)
