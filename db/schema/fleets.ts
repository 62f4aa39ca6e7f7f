// Tenants: a business or one person with one car.
import { sql } from 'drizzle-orm'
import {
  check,
  date,
  foreignKey,
  index,
  integer,
  jsonb,
  type PgTableExtraConfigValue,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { ratePlans } from './ratePlans.ts'
import { users } from './users.ts'

export const fleets = pgTable(
  'fleets',
  {
    id: uuid('id').notNull(),
    slug: text('slug').notNull(),
    name: text('name').notNull(),
    currency: text('currency').notNull(),
    timeZone: text('time_zone').notNull(),
    visibility: text('visibility', { enum: ['public', 'members'] })
      .notNull()
      .default('public'),
    ratePlanId: uuid('rate_plan_id'),
    openingHours: jsonb('opening_hours'),
    closedDays: date('closed_days').array().notNull().default([]),
    minMinutes: integer('min_minutes'),
    maxMinutes: integer('max_minutes'),
    noticeMinutes: integer('notice_minutes').notNull().default(0),
    horizonDays: integer('horizon_days'),
    maxOpenTrips: integer('max_open_trips'),
    cancellationPolicy: jsonb('cancellation_policy'),
    rulesVersion: integer('rules_version').notNull().default(1),
    systemUserId: uuid('system_user_id').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t): PgTableExtraConfigValue[] => [
    primaryKey({ name: 'fleets_pkey', columns: [t.id] }),
    unique('fleets_slug_key').on(t.slug),
    foreignKey({
      name: 'fleets_rate_plan_id_fkey',
      columns: [t.id, t.ratePlanId],
      foreignColumns: [ratePlans.fleetId, ratePlans.id],
    }).onDelete('restrict'),
    foreignKey({ name: 'fleets_system_user_id_fkey', columns: [t.systemUserId], foreignColumns: [users.id] }).onDelete('restrict'),
    index('fleets_id_rate_plan_id_idx').on(t.id, t.ratePlanId),
    index('fleets_system_user_id_idx').on(t.systemUserId),
    check('fleets_slug_form', sql`${t.slug} ~ '^[a-z0-9][a-z0-9-]{0,62}$'`),
    check('fleets_time_zone_known', sql`('2000-01-01 00:00:00'::timestamp at time zone ${t.timeZone}) is not null`),
    check(
      'fleets_lengths_bounded',
      sql`${t.minMinutes} between 1 and 527040 and ${t.maxMinutes} between coalesce(${t.minMinutes}, 1) and 527040`,
    ),
    check('fleets_notice_bounded', sql`${t.noticeMinutes} between 0 and 527040`),
    check('fleets_horizon_bounded', sql`${t.horizonDays} between 1 and 3660`),
    check('fleets_quota_bounded', sql`${t.maxOpenTrips} between 1 and 10000`),
    check('fleets_rules_version_positive', sql`${t.rulesVersion} >= 1`),
    check('fleets_name_length', sql`length(${t.name}) between 1 and 200`),
    check('fleets_currency_form', sql`${t.currency} ~ '^[A-Z]{3}$'`),
    check('fleets_visibility_known', sql`${t.visibility} in ('public', 'members')`),
  ],
)
