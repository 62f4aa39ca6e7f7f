// What a rental costs: immutable versions of a plan. A plan assigned to a car beats its class's, which beats its fleet's.
import { sql } from 'drizzle-orm'
import {
  check,
  foreignKey,
  integer,
  jsonb,
  type PgTableExtraConfigValue,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import { instant, minorUnits } from './columns.ts'
import { fleets } from './fleets.ts'

export const ratePlans = pgTable(
  'rate_plans',
  {
    id: uuid('id').notNull(),
    fleetId: uuid('fleet_id').notNull(),
    name: text('name').notNull(),
    version: integer('version').notNull().default(1),
    currency: text('currency').notNull(),
    dayRate: minorUnits('day_rate').notNull(),
    hourRate: minorUnits('hour_rate').notNull(),
    minimumCharge: minorUnits('minimum_charge').notNull(),
    rules: jsonb('rules').notNull().default({}),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t): PgTableExtraConfigValue[] => [
    primaryKey({ name: 'rate_plans_pkey', columns: [t.id] }),
    unique('rate_plans_fleet_id_id_key').on(t.fleetId, t.id),
    unique('rate_plans_fleet_id_name_version_key').on(t.fleetId, t.name, t.version),
    foreignKey({ name: 'rate_plans_fleet_id_fkey', columns: [t.fleetId], foreignColumns: [fleets.id] }).onDelete('restrict'),
    check('rate_plans_name_length', sql`length(${t.name}) between 1 and 200`),
    check('rate_plans_version_positive', sql`${t.version} >= 1`),
    check('rate_plans_currency_form', sql`${t.currency} ~ '^[A-Z]{3}$'`),
    check(
      'rate_plans_amounts_bounded',
      sql`least(${t.dayRate}, ${t.hourRate}, ${t.minimumCharge}) >= 0 and greatest(${t.dayRate}, ${t.hourRate}, ${t.minimumCharge}) <= 1000000000000`,
    ),
  ],
)
