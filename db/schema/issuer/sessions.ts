// Who is signed in: a token of the bundled issuer names its row, and stops with it.
import { sql } from 'drizzle-orm'
import { check, foreignKey, index, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { issuer, moment } from './schema.ts'
import { authUsers } from './users.ts'

export const authSessions = issuer.table(
  'sessions',
  {
    id: uuid('id').notNull().defaultRandom(),
    userId: uuid('user_id').notNull(),
    token: text('token').notNull(),
    expiresAt: moment('expires_at').notNull(),
    ipAddress: text('ip_address'),
    userAgent: text('user_agent'),
    createdAt: moment('created_at').notNull().defaultNow(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ name: 'sessions_pkey', columns: [t.id] }),
    foreignKey({ name: 'sessions_user_id_fkey', columns: [t.userId], foreignColumns: [authUsers.id] }).onDelete('cascade'),
    index('sessions_user_id_idx').on(t.userId),
    uniqueIndex('sessions_token_key').on(t.token),
    check('sessions_user_agent_length', sql`length(${t.userAgent}) <= 300`),
  ],
)
