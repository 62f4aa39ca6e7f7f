// A car booked for a period: the table that `prevent_overlap` guards.
import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { cars } from './cars.ts'
import { instant, instantRange, minorUnits } from './columns.ts'
import { fleets } from './fleets.ts'
import { ratePlans } from './ratePlans.ts'
import { users } from './users.ts'

export const tripStatuses = [
  'held',
  'requested',
  'confirmed',
  'active',
  'completed',
  'cancelled',
  'declined',
  'expired',
  'no_show',
] as const
export const tripPurposes = ['rental', 'maintenance', 'repair', 'owner_use'] as const

const runsOut = (t: Record<'status' | 'holdExpiresAt' | 'respondBy' | 'purpose' | 'tripEndDate', AnyPgColumn>) =>
  sql`(case when ${t.status} = 'held' then ${t.holdExpiresAt} when ${t.status} = 'requested' then ${t.respondBy} when ${t.purpose} <> 'rental' and ${t.status} in ('confirmed', 'active') then ${t.tripEndDate} end)`

export const trips = pgTable(
  'trips',
  {
    carId: uuid('car_id').notNull(),
    id: uuid('id').notNull(),
    fleetId: uuid('fleet_id').notNull(),
    bookedById: uuid('booked_by_id').notNull(),
    purpose: text('purpose', { enum: tripPurposes }).notNull(),
    status: text('status', { enum: tripStatuses }).notNull(),
    tripStartDate: instant('trip_start_date').notNull(),
    tripEndDate: instant('trip_end_date').notNull(),
    startedAt: instant('started_at'),
    returnedAt: instant('returned_at'),
    holdExpiresAt: instant('hold_expires_at'),
    respondBy: instant('respond_by'),
    prepMinutes: integer('prep_minutes').notNull().default(0),
    turnaroundMinutes: integer('turnaround_minutes').notNull().default(0),
    backToBack: boolean('back_to_back').notNull().default(false),
    blocked: instantRange('blocked').notNull(),
    cut: boolean('cut').notNull().default(false),
    atRisk: boolean('at_risk').notNull().default(false),
    pinned: boolean('pinned').notNull().default(true),
    driverId: uuid('driver_id'),
    seriesId: uuid('series_id'),
    extras: jsonb('extras').notNull().default([]),
    pricing: jsonb('pricing'),
    policy: jsonb('policy'),
    odometerStart: integer('odometer_start'),
    odometerEnd: integer('odometer_end'),
    fuelStart: integer('fuel_start'),
    fuelEnd: integer('fuel_end'),
    note: text('note'),
    nearLatMicrodegrees: integer('near_lat_microdegrees'),
    nearLngMicrodegrees: integer('near_lng_microdegrees'),
    nearMetres: integer('near_metres'),
    totalCost: minorUnits('total_cost').notNull().default(sql`0`),
    currency: text('currency').notNull(),
    ratePlanId: uuid('rate_plan_id'),
    version: integer('version').notNull().default(1),
    cancelReason: text('cancel_reason'),
    externalId: text('external_id'),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ name: 'trips_pkey', columns: [t.carId, t.id] }),
    foreignKey({ name: 'trips_car_id_fkey', columns: [t.carId], foreignColumns: [cars.id] }).onDelete('restrict'),
    foreignKey({ name: 'trips_fleet_id_fkey', columns: [t.fleetId], foreignColumns: [fleets.id] }).onDelete('restrict'),
    foreignKey({ name: 'trips_booked_by_id_fkey', columns: [t.bookedById], foreignColumns: [users.id] }).onDelete('restrict'),
    foreignKey({ name: 'trips_driver_id_fkey', columns: [t.driverId], foreignColumns: [users.id] }).onDelete('restrict'),
    foreignKey({ name: 'trips_rate_plan_id_fkey', columns: [t.ratePlanId], foreignColumns: [ratePlans.id] }).onDelete('restrict'),
    index('trips_id_idx').on(t.id),
    index('trips_fleet_id_start_idx').on(t.fleetId, t.tripStartDate, t.id),
    index('trips_booked_by_id_start_idx').on(t.bookedById, t.tripStartDate, t.id),
    index('trips_car_id_start_idx').on(t.carId, t.tripStartDate, t.id),
    index('trips_driver_id_idx').on(t.driverId).where(sql`${t.driverId} is not null`),
    index('trips_fleet_id_status_start_idx').on(t.fleetId, t.status, t.tripStartDate, t.id),
    index('trips_booked_by_id_status_start_idx').on(t.bookedById, t.status, t.tripStartDate, t.id),
    index('trips_car_id_status_start_idx').on(t.carId, t.status, t.tripStartDate, t.id),
    // When time alone ends a state; private.runs_out_at says the same.
    index('trips_runs_out_idx')
      .on(runsOut(t))
      .where(sql`${runsOut(t)} is not null`),
    index('trips_car_id_runs_out_idx')
      .on(t.carId, runsOut(t))
      .where(sql`${runsOut(t)} is not null`),
    uniqueIndex('trips_car_id_external_id_key').on(t.carId, t.externalId).where(sql`${t.externalId} is not null`),
    uniqueIndex('trips_one_active_per_car').on(t.carId).where(sql`${t.status} = 'active'`),
    check('trips_purpose_known', sql`${t.purpose} in ('rental', 'maintenance', 'repair', 'owner_use')`),
    check(
      'trips_status_known',
      sql`${t.status} in ('held', 'requested', 'confirmed', 'active', 'completed', 'cancelled', 'declined', 'expired', 'no_show')`,
    ),
    check('trips_period_forward', sql`${t.tripStartDate} < ${t.tripEndDate}`),
    check(
      'trips_period_bounded',
      sql`${t.tripStartDate} >= '1900-01-01 00:00:00+00'::timestamptz and ${t.tripEndDate} < '9999-01-01 00:00:00+00'::timestamptz`,
    ),
    check(
      'trips_returned_after_begin',
      sql`${t.returnedAt} is null or (isfinite(${t.returnedAt}) and ${t.returnedAt} > ${t.tripStartDate} - interval '24 hours' and ${t.status} = 'completed')`,
    ),
    check('trips_cut_after_begin', sql`not ${t.cut} or upper(${t.blocked}) > ${t.tripStartDate}`),
    check(
      'trips_blocked_finite',
      sql`not isempty(${t.blocked}) and not lower_inf(${t.blocked}) and not upper_inf(${t.blocked}) and isfinite(lower(${t.blocked})) and isfinite(upper(${t.blocked}))`,
    ),
    check(
      'trips_blocked_covers',
      sql`lower_inc(${t.blocked}) and lower(${t.blocked}) <= ${t.tripStartDate} and (${t.cut} or upper(${t.blocked}) >= coalesce(${t.returnedAt}, ${t.tripEndDate}))`,
    ),
    check('trips_blocked_bounds', sql`upper_inc(${t.blocked}) = (not ${t.cut} and not ${t.backToBack})`),
    check('trips_held_until', sql`${t.status} <> 'held' or (${t.holdExpiresAt} is not null and isfinite(${t.holdExpiresAt}))`),
    check('trips_requested_until', sql`${t.status} <> 'requested' or (${t.respondBy} is not null and isfinite(${t.respondBy}))`),
    check('trips_odometer_forward', sql`${t.odometerStart} >= 0 and ${t.odometerEnd} >= coalesce(${t.odometerStart}, 0)`),
    check('trips_fuel_percent', sql`${t.fuelStart} between 0 and 100 and ${t.fuelEnd} between 0 and 100`),
    check(
      'trips_near_whole',
      sql`num_nulls(${t.nearLatMicrodegrees}, ${t.nearLngMicrodegrees}, ${t.nearMetres}) in (0, 3) and ${t.nearMetres} between 1 and 20100000`,
    ),
    check('trips_note_length', sql`length(${t.note}) between 1 and 1000`),
    check('trips_buffers_bounded', sql`${t.prepMinutes} between 0 and 10080 and ${t.turnaroundMinutes} between 0 and 10080`),
    check('trips_total_cost_bounded', sql`${t.totalCost} between -9007199254740991 and 9007199254740991`),
    check('trips_currency_form', sql`${t.currency} ~ '^[A-Z]{3}$'`),
    check('trips_version_positive', sql`${t.version} >= 1`),
    check('trips_cancel_reason_length', sql`length(${t.cancelReason}) between 1 and 1000`),
    check('trips_external_id_length', sql`length(${t.externalId}) between 1 and 200`),
  ],
)
