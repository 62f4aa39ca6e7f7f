// People who sign in, and the system user that owns what a fleet imports.
import { sql } from 'drizzle-orm'
import { boolean, check, foreignKey, index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

export const users = pgTable(
  'users',
  {
    id: uuid('id').notNull(),
    email: text('email'),
    name: text('name').notNull(),
    isAdmin: boolean('is_admin').notNull().default(false),
    suspendedAt: instant('suspended_at'),
    suspendedById: uuid('suspended_by_id'),
    suspendReason: text('suspend_reason'),
    /** The person is gone; the row stays for the trips that refer to it. */
    erasedAt: instant('erased_at'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ name: 'users_pkey', columns: [t.id] }),
    foreignKey({ name: 'users_suspended_by_id_fkey', columns: [t.suspendedById], foreignColumns: [t.id] }).onDelete('restrict'),
    index('users_suspended_by_id_idx').on(t.suspendedById),
    check('users_suspension_whole', sql`${t.suspendedAt} is not null or (${t.suspendedById} is null and ${t.suspendReason} is null)`),
    check('users_suspend_reason_length', sql`length(${t.suspendReason}) between 1 and 1000`),
    check(
      'users_erased_nobody',
      sql`${t.erasedAt} is null or (${t.email} is null and ${t.name} = 'Erased user' and not ${t.isAdmin} and ${t.suspendedAt} is null)`,
    ),
    check('users_email_length', sql`length(${t.email}) <= 320`),
    check('users_name_length', sql`length(${t.name}) between 1 and 200`),
  ],
)
