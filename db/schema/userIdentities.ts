// How a token's (issuer, subject) finds its user; equal emails never link two identities.
import { sql } from 'drizzle-orm'
import { check, foreignKey, index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { users } from './users.ts'

export const userIdentities = pgTable(
  'user_identities',
  {
    issuer: text('issuer').notNull(),
    subject: text('subject').notNull(),
    userId: uuid('user_id').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ name: 'user_identities_pkey', columns: [t.issuer, t.subject] }),
    foreignKey({ name: 'user_identities_user_id_fkey', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
    index('user_identities_user_id_idx').on(t.userId),
    check('user_identities_length', sql`length(${t.issuer}) between 1 and 500 and length(${t.subject}) between 1 and 500`),
  ],
)
