// What was sent to somebody's mailbox and is used once: the identifier is hashed, so that reading the table resets no password.
import { index, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { issuer, moment } from './schema.ts'

export const authVerifications = issuer.table(
  'verifications',
  {
    id: uuid('id').notNull().defaultRandom(),
    identifier: text('identifier').notNull(),
    value: text('value').notNull(),
    expiresAt: moment('expires_at').notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ name: 'verifications_pkey', columns: [t.id] }),
    index('verifications_identifier_idx').on(t.identifier),
    index('verifications_expires_at_idx').on(t.expiresAt),
  ],
)
