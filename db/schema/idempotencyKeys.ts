// What became of a mutation that carried a key: one row a user, operation and key, written in the mutation's own transaction.
import { sql } from 'drizzle-orm'
import { check, foreignKey, index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { bytes, instant } from './columns.ts'
import { users } from './users.ts'

export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    userId: uuid('user_id').notNull(),
    operation: text('operation').notNull(),
    key: text('key').notNull(),
    inputHash: bytes('input_hash').notNull(),
    outcome: jsonb('outcome'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ name: 'idempotency_keys_pkey', columns: [t.userId, t.operation, t.key] }),
    foreignKey({ name: 'idempotency_keys_user_id_fkey', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
    index('idempotency_keys_created_at_idx').on(t.createdAt),
    check('idempotency_keys_key_length', sql`length(${t.key}) between 1 and 255`),
    check('idempotency_keys_hash_length', sql`length(${t.inputHash}) = 32`),
  ],
)
