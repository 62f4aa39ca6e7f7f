// A price that was promised: for one renter, car and period, for 15 minutes and one booking.
import { sql } from 'drizzle-orm'
import { check, foreignKey, index, jsonb, pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core'
import { cars } from './cars.ts'
import { instant, minorUnits } from './columns.ts'
import { fleets } from './fleets.ts'
import { ratePlans } from './ratePlans.ts'
import { users } from './users.ts'

export const quotes = pgTable(
  'quotes',
  {
    carId: uuid('car_id').notNull(),
    id: uuid('id').notNull(),
    fleetId: uuid('fleet_id').notNull(),
    userId: uuid('user_id').notNull(),
    startDate: instant('start_date').notNull(),
    endDate: instant('end_date').notNull(),
    extras: jsonb('extras').notNull(),
    ratePlanId: uuid('rate_plan_id').notNull(),
    totalCost: minorUnits('total_cost').notNull(),
    priced: jsonb('priced').notNull(),
    expiresAt: instant('expires_at').notNull(),
    usedAt: instant('used_at'),
    tripId: uuid('trip_id'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ name: 'quotes_pkey', columns: [t.carId, t.id] }),
    foreignKey({ name: 'quotes_car_id_fkey', columns: [t.carId], foreignColumns: [cars.id] }).onDelete('cascade'),
    foreignKey({ name: 'quotes_fleet_id_fkey', columns: [t.fleetId], foreignColumns: [fleets.id] }).onDelete('cascade'),
    foreignKey({ name: 'quotes_user_id_fkey', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
    foreignKey({ name: 'quotes_rate_plan_id_fkey', columns: [t.ratePlanId], foreignColumns: [ratePlans.id] }).onDelete('restrict'),
    index('quotes_id_idx').on(t.id),
    index('quotes_user_id_idx').on(t.userId),
    index('quotes_fleet_id_idx').on(t.fleetId),
    index('quotes_expires_at_idx').on(t.expiresAt),
    check('quotes_period_forward', sql`${t.startDate} < ${t.endDate} and isfinite(${t.startDate}) and isfinite(${t.endDate})`),
    check('quotes_total_cost_bounded', sql`${t.totalCost} between 0 and 9007199254740991`),
    check('quotes_used_whole', sql`(${t.usedAt} is null) = (${t.tripId} is null)`),
  ],
)
