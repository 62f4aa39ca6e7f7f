// One review per completed rental, by its renter.
import { sql } from 'drizzle-orm'
import { check, foreignKey, index, pgTable, primaryKey, smallint, text, unique, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { trips } from './trips.ts'
import { users } from './users.ts'

export const reviews = pgTable(
  'reviews',
  {
    carId: uuid('car_id').notNull(),
    id: uuid('id').notNull(),
    tripId: uuid('trip_id').notNull(),
    authorId: uuid('author_id').notNull(),
    rating: smallint('rating').notNull(),
    comment: text('comment'),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ name: 'reviews_pkey', columns: [t.carId, t.id] }),
    unique('reviews_car_id_trip_id_key').on(t.carId, t.tripId),
    foreignKey({ name: 'reviews_trip_fkey', columns: [t.carId, t.tripId], foreignColumns: [trips.carId, trips.id] }).onDelete('restrict'),
    foreignKey({ name: 'reviews_author_id_fkey', columns: [t.authorId], foreignColumns: [users.id] }).onDelete('restrict'),
    index('reviews_car_id_created_at_idx').on(t.carId, t.createdAt, t.id),
    index('reviews_author_id_idx').on(t.authorId),
    check('reviews_rating_bounded', sql`${t.rating} between 1 and 5`),
    check('reviews_comment_length', sql`length(${t.comment}) between 1 and 4000`),
  ],
)
