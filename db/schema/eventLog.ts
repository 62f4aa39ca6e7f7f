// Everything that happened to trips, cars and reviews, in one order without gaps. Rows are only ever added, by the relay.
import { sql } from 'drizzle-orm'
import { bigint, check, index, integer, jsonb, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { eventEntities } from './outbox.ts'

export const eventLog = pgTable(
  'event_log',
  {
    pos: bigint('pos', { mode: 'bigint' }).notNull(),
    id: uuid('id').notNull(),
    entity: text('entity', { enum: eventEntities }).notNull(),
    entityId: uuid('entity_id').notNull(),
    carId: uuid('car_id').notNull(),
    fleetId: uuid('fleet_id').notNull(),
    type: text('type').notNull(),
    actorId: uuid('actor_id'),
    actorRole: text('actor_role', { enum: ['renter', 'fleet', 'system'] }).notNull(),
    operation: text('operation'),
    version: integer('version'),
    after: jsonb('after'),
    was: jsonb('was'),
    occurredAt: instant('occurred_at').notNull(),
    loggedAt: instant('logged_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ name: 'event_log_pkey', columns: [t.pos] }),
    unique('event_log_id_key').on(t.id),
    index('event_log_entity_id_pos_idx').on(t.entityId, t.pos),
    index('event_log_actor_id_pos_idx').on(t.actorId, t.pos).where(sql`${t.actorId} is not null`),
    check('event_log_pos_positive', sql`${t.pos} >= 1`),
    check('event_log_entity_known', sql`${t.entity} in ('trip', 'car', 'review')`),
    check('event_log_type_form', sql`${t.type} ~ '^(trip|car|review)[.][a-z_]+$'`),
    check('event_log_actor_role_known', sql`${t.actorRole} in ('renter', 'fleet', 'system')`),
  ],
)
