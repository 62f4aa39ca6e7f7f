// What has changed and is not in the event log yet: one row a changed thing, version and transaction, written by triggers beside the change.

import { sql } from 'drizzle-orm'
import { bigint, check, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { instant, transactionId } from './columns.ts'

export const eventEntities = ['trip', 'car', 'review'] as const

export const outbox = pgTable(
  'outbox',
  {
    carId: uuid('car_id').notNull(),
    entity: text('entity', { enum: eventEntities }).notNull(),
    entityId: uuid('entity_id').notNull(),
    /** 0: the entity has no versions. */
    version: integer('version').notNull(),
    xact: transactionId('xact').notNull(),
    /** Taken under the lock of what changed: an order of one car's changes and of nothing else. Never a cursor. */
    seq: bigint('seq', { mode: 'bigint' }).notNull().generatedAlwaysAsIdentity({ name: 'outbox_seq' }),
    /** Random; the event's id is made of it and of the time, when no writer waits. */
    id: uuid('id').notNull().defaultRandom(),
    actorId: uuid('actor_id'),
    operation: text('operation'),
    before: jsonb('before'),
    after: jsonb('after'),
    occurredAt: instant('occurred_at').notNull(),
  },
  (t) => [
    primaryKey({ name: 'outbox_pkey', columns: [t.entityId, t.xact, t.version, t.carId] }),
    index('outbox_seq_idx').on(t.seq),
    check('outbox_entity_known', sql`${t.entity} in ('trip', 'car', 'review')`),
  ],
)
