// The keys that sign the bundled issuer's tokens: the private halves are encrypted with AUTH_SECRET.
import { primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { issuer, moment } from './schema.ts'

export const authJwks = issuer.table(
  'jwks',
  {
    id: uuid('id').notNull().defaultRandom(),
    publicKey: text('public_key').notNull(),
    privateKey: text('private_key').notNull(),
    alg: text('alg'),
    crv: text('crv'),
    createdAt: moment('created_at').notNull().defaultNow(),
    expiresAt: moment('expires_at'),
  },
  (t) => [primaryKey({ name: 'jwks_pkey', columns: [t.id] })],
)
