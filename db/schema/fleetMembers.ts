// Who works in which fleet, and as what.
import { sql } from 'drizzle-orm'
import { check, foreignKey, index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { fleets } from './fleets.ts'
import { users } from './users.ts'

export const fleetMembers = pgTable(
  'fleet_members',
  {
    fleetId: uuid('fleet_id').notNull(),
    userId: uuid('user_id').notNull(),
    role: text('role', { enum: ['owner', 'manager', 'driver'] }).notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ name: 'fleet_members_pkey', columns: [t.fleetId, t.userId] }),
    foreignKey({ name: 'fleet_members_fleet_id_fkey', columns: [t.fleetId], foreignColumns: [fleets.id] }).onDelete('cascade'),
    foreignKey({ name: 'fleet_members_user_id_fkey', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
    index('fleet_members_user_id_idx').on(t.userId),
    check('fleet_members_role_known', sql`${t.role} in ('owner', 'manager', 'driver')`),
  ],
)
