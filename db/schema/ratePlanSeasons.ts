// Days of the year on which a plan has another day rate, or a factor on it; the seasons of a plan do not overlap.
import { sql } from 'drizzle-orm'
import { check, foreignKey, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { dateRange, minorUnits } from './columns.ts'
import { ratePlans } from './ratePlans.ts'

export const ratePlanSeasons = pgTable(
  'rate_plan_seasons',
  {
    ratePlanId: uuid('rate_plan_id').notNull(),
    id: uuid('id').notNull(),
    name: text('name').notNull(),
    days: dateRange('days').notNull(),
    dayRate: minorUnits('day_rate'),
    ppm: integer('ppm'),
  },
  (t) => [
    primaryKey({ name: 'rate_plan_seasons_pkey', columns: [t.ratePlanId, t.id] }),
    foreignKey({ name: 'rate_plan_seasons_rate_plan_id_fkey', columns: [t.ratePlanId], foreignColumns: [ratePlans.id] }).onDelete(
      'restrict',
    ),
    check('rate_plan_seasons_name_length', sql`length(${t.name}) between 1 and 80`),
    check(
      'rate_plan_seasons_days_finite',
      sql`not isempty(${t.days}) and lower(${t.days}) >= '1900-01-01' and upper(${t.days}) <= '9999-01-01'`,
    ),
    check('rate_plan_seasons_days_bounded', sql`not lower_inf(${t.days}) and not upper_inf(${t.days})`),
    check('rate_plan_seasons_one_price', sql`num_nonnulls(${t.dayRate}, ${t.ppm}) = 1`),
    check('rate_plan_seasons_day_rate_bounded', sql`${t.dayRate} between 0 and 1000000000000`),
    check('rate_plan_seasons_ppm_bounded', sql`${t.ppm} between 0 and 10000000`),
  ],
)
