// The schema of the bundled issuer; its role alone looks into it.
import { pgSchema, timestamp } from 'drizzle-orm/pg-core'

/** Made by db/sql/prelude/issuer.sql. */
export const issuer = pgSchema('issuer')

/** An instant as the issuer's library takes it; nothing of ours compares microseconds here. */
export const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })
