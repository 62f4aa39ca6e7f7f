// How somebody proves who they are: with the bundled issuer one row a person, holding the hash of their password.
import { foreignKey, index, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { issuer, moment } from './schema.ts'
import { authUsers } from './users.ts'

export const authAccounts = issuer.table(
  'accounts',
  {
    id: uuid('id').notNull().defaultRandom(),
    userId: uuid('user_id').notNull(),
    providerId: text('provider_id').notNull(),
    accountId: text('account_id').notNull(),
    password: text('password'),
    // The library writes these for providers that are not part of the bundled issuer.
    accessToken: text('access_token'),
    refreshToken: text('refresh_token'),
    idToken: text('id_token'),
    accessTokenExpiresAt: moment('access_token_expires_at'),
    refreshTokenExpiresAt: moment('refresh_token_expires_at'),
    scope: text('scope'),
    createdAt: moment('created_at').notNull().defaultNow(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ name: 'accounts_pkey', columns: [t.id] }),
    foreignKey({ name: 'accounts_user_id_fkey', columns: [t.userId], foreignColumns: [authUsers.id] }).onDelete('cascade'),
    index('accounts_user_id_idx').on(t.userId),
    uniqueIndex('accounts_provider_id_account_id_key').on(t.providerId, t.accountId),
  ],
)
