// People who signed up with the bundled issuer: their address and whether it was verified. Their `id` is the subject of their tokens.
import { sql } from 'drizzle-orm'
import { boolean, check, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { issuer, moment } from './schema.ts'

export const authUsers = issuer.table(
  'users',
  {
    id: uuid('id').notNull().defaultRandom(),
    email: text('email').notNull(),
    emailVerified: boolean('email_verified').notNull().default(false),
    name: text('name').notNull(),
    image: text('image'),
    createdAt: moment('created_at').notNull().defaultNow(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ name: 'users_pkey', columns: [t.id] }),
    uniqueIndex('users_email_key').on(t.email),
    check('users_email_form', sql`length(${t.email}) between 3 and 320 and ${t.email} = lower(${t.email})`),
    check('users_name_length', sql`length(${t.name}) between 1 and 200`),
  ],
)
