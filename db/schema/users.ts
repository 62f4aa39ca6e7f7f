// People who sign in, and the system user that owns what a fleet imports.
import { sql } from 'drizzle-orm'
import { boolean, check, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

export const users = pgTable(
  'users',
  {
    id: uuid('id').notNull(),
    email: text('email'),
    name: text('name').notNull(),
    isAdmin: boolean('is_admin').notNull().default(false),
    suspendedAt: instant('suspended_at'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ name: 'users_pkey', columns: [t.id] }),
    check('users_email_length', sql`length(${t.email}) <= 320`),
    check('users_name_length', sql`length(${t.name}) between 1 and 200`),
  ],
)
