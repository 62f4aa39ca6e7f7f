// Keys with which scripts and services act in one fleet: only a key's hash is stored, and what it may do.
import { sql } from 'drizzle-orm'
import { check, foreignKey, index, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { bytes, instant } from './columns.ts'
import { fleets } from './fleets.ts'
import { users } from './users.ts'

export const apiKeys = pgTable(
  'api_keys',
  {
    id: uuid('id').notNull(),
    fleetId: uuid('fleet_id').notNull(),
    userId: uuid('user_id').notNull(),
    name: text('name').notNull(),
    procedures: text('procedures').array().notNull(),
    keyHash: bytes('key_hash').notNull(),
    hint: text('hint').notNull(),
    expiresAt: instant('expires_at').notNull(),
    revokedAt: instant('revoked_at'),
    lastUsedAt: instant('last_used_at'),
    createdBy: uuid('created_by').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ name: 'api_keys_pkey', columns: [t.id] }),
    unique('api_keys_key_hash_key').on(t.keyHash),
    // A service user acts by one key alone, so what it did is what that key did.
    unique('api_keys_user_id_key').on(t.userId),
    foreignKey({ name: 'api_keys_fleet_id_fkey', columns: [t.fleetId], foreignColumns: [fleets.id] }).onDelete('cascade'),
    foreignKey({ name: 'api_keys_user_id_fkey', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
    foreignKey({ name: 'api_keys_created_by_fkey', columns: [t.createdBy], foreignColumns: [users.id] }).onDelete('restrict'),
    index('api_keys_fleet_id_idx').on(t.fleetId),
    index('api_keys_created_by_idx').on(t.createdBy),
    check('api_keys_name_length', sql`length(${t.name}) between 1 and 100`),
    check(
      'api_keys_procedures_some',
      sql`cardinality(${t.procedures}) between 1 and 200 and array_position(${t.procedures}, null) is null`,
    ),
    check('api_keys_hash_length', sql`length(${t.keyHash}) = 32`),
    check('api_keys_hint_length', sql`length(${t.hint}) = 4`),
    check('api_keys_expires_later', sql`isfinite(${t.expiresAt}) and ${t.expiresAt} > ${t.createdAt}`),
  ],
)
