// Links that let a person into a fleet, once: only a token's hash is stored.
import { sql } from 'drizzle-orm'
import { check, foreignKey, index, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { bytes, instant } from './columns.ts'
import { fleets } from './fleets.ts'
import { users } from './users.ts'

export const invitations = pgTable(
  'invitations',
  {
    id: uuid('id').notNull(),
    fleetId: uuid('fleet_id').notNull(),
    role: text('role', { enum: ['owner', 'manager', 'driver'] }).notNull(),
    email: text('email'),
    tokenHash: bytes('token_hash').notNull(),
    invitedBy: uuid('invited_by').notNull(),
    expiresAt: instant('expires_at').notNull(),
    acceptedBy: uuid('accepted_by'),
    acceptedAt: instant('accepted_at'),
    revokedAt: instant('revoked_at'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ name: 'invitations_pkey', columns: [t.id] }),
    unique('invitations_token_hash_key').on(t.tokenHash),
    foreignKey({ name: 'invitations_fleet_id_fkey', columns: [t.fleetId], foreignColumns: [fleets.id] }).onDelete('cascade'),
    foreignKey({ name: 'invitations_invited_by_fkey', columns: [t.invitedBy], foreignColumns: [users.id] }).onDelete('restrict'),
    foreignKey({ name: 'invitations_accepted_by_fkey', columns: [t.acceptedBy], foreignColumns: [users.id] }).onDelete('restrict'),
    index('invitations_fleet_id_idx').on(t.fleetId),
    index('invitations_invited_by_idx').on(t.invitedBy),
    index('invitations_accepted_by_idx').on(t.acceptedBy),
    check('invitations_role_known', sql`${t.role} in ('owner', 'manager', 'driver')`),
    check('invitations_email_length', sql`length(${t.email}) <= 320`),
    check('invitations_hash_length', sql`length(${t.tokenHash}) = 32`),
    check('invitations_expires_later', sql`isfinite(${t.expiresAt}) and ${t.expiresAt} > ${t.createdAt}`),
    check('invitations_accepted_whole', sql`(${t.acceptedBy} is null) = (${t.acceptedAt} is null)`),
    check('invitations_one_end', sql`${t.acceptedAt} is null or ${t.revokedAt} is null`),
  ],
)
