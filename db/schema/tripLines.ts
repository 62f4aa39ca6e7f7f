// What a trip costs, line by line; lines are only ever added, and `trips.total_cost` is their sum.
import { sql } from 'drizzle-orm'
import { check, foreignKey, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { instant, minorUnits } from './columns.ts'
import { trips } from './trips.ts'

const lineKinds = [
  'day',
  'hour',
  'best_price',
  'minimum',
  'extra',
  'fee',
  'discount',
  'tax',
  'adjustment',
  'cancellation',
  'refund',
  'imported',
] as const

export const tripLines = pgTable(
  'trip_lines',
  {
    carId: uuid('car_id').notNull(),
    tripId: uuid('trip_id').notNull(),
    id: uuid('id').notNull(),
    kind: text('kind', { enum: lineKinds }).notNull(),
    description: text('description').notNull(),
    quantity: integer('quantity').notNull(),
    unitAmount: minorUnits('unit_amount').notNull(),
    amount: minorUnits('amount').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ name: 'trip_lines_pkey', columns: [t.carId, t.tripId, t.id] }),
    foreignKey({ name: 'trip_lines_trip_fkey', columns: [t.carId, t.tripId], foreignColumns: [trips.carId, trips.id] }).onDelete('cascade'),
    check(
      'trip_lines_kind_known',
      sql`${t.kind} in ('day', 'hour', 'best_price', 'minimum', 'extra', 'fee', 'discount', 'tax', 'adjustment', 'cancellation', 'refund', 'imported')`,
    ),
    check('trip_lines_amount_exact', sql`${t.amount} = ${t.quantity} * ${t.unitAmount}`),
    check('trip_lines_description_length', sql`length(${t.description}) between 1 and 200`),
    check('trip_lines_amount_bounded', sql`${t.amount} between -9007199254740991 and 9007199254740991`),
  ],
)
