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
    // What prevent_overlap rests on; private.check_trip holds the other rules.
    check(
      'trips_blocked_finite',
      sql`not isempty(${t.blocked}) and not lower_inf(${t.blocked}) and not upper_inf(${t.blocked}) and isfinite(lower(${t.blocked})) and isfinite(upper(${t.blocked}))`,
    ),
    check(
      'trips_blocked_covers',
      sql`lower_inc(${t.blocked}) and lower(${t.blocked}) <= ${t.tripStartDate} and (${t.cut} or upper(${t.blocked}) >= coalesce(${t.returnedAt}, ${t.tripEndDate}))`,
    ),
    check('trips_blocked_bounds', sql`upper_inc(${t.blocked}) = (not ${t.cut} and not ${t.backToBack})`),
  ],
)
