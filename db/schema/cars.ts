// Vehicles, each with its own place, time zone, buffers and exact rating aggregates.
import { sql } from 'drizzle-orm'
import { boolean, check, foreignKey, index, integer, numeric, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { carClasses } from './carClasses.ts'
import { instant } from './columns.ts'
import { fleets } from './fleets.ts'
import { ratePlans } from './ratePlans.ts'

export const cars = pgTable(
  'cars',
  {
    id: uuid('id').notNull(),
    fleetId: uuid('fleet_id').notNull(),
    carClassId: uuid('car_class_id').notNull(),
    ratePlanId: uuid('rate_plan_id'),
    name: text('name').notNull(),
    externalId: text('external_id'),
    seats: integer('seats'),
    latMicrodegrees: integer('lat_microdegrees'),
    lngMicrodegrees: integer('lng_microdegrees'),
    timeZone: text('time_zone').notNull(),
    prepMinutes: integer('prep_minutes').notNull().default(0),
    turnaroundMinutes: integer('turnaround_minutes').notNull().default(0),
    backToBack: boolean('back_to_back').notNull().default(false),
    instantBooking: boolean('instant_booking').notNull().default(true),
    odometer: integer('odometer'),
    ratingSum: integer('rating_sum').notNull().default(0),
    totalReviews: integer('total_reviews').notNull().default(0),
    ratingHistogram: integer('rating_histogram').array().notNull().default([0, 0, 0, 0, 0]),
    avgRating: numeric('avg_rating').generatedAlwaysAs(sql`rating_sum::numeric / nullif(total_reviews, 0)`),
    retiredAt: instant('retired_at'),
    retireReason: text('retire_reason'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ name: 'cars_pkey', columns: [t.id] }),
    foreignKey({ name: 'cars_fleet_id_fkey', columns: [t.fleetId], foreignColumns: [fleets.id] }).onDelete('restrict'),
    foreignKey({
      name: 'cars_car_class_id_fkey',
      columns: [t.fleetId, t.carClassId],
      foreignColumns: [carClasses.fleetId, carClasses.id],
    }).onDelete('restrict'),
    foreignKey({
      name: 'cars_rate_plan_id_fkey',
      columns: [t.fleetId, t.ratePlanId],
      foreignColumns: [ratePlans.fleetId, ratePlans.id],
    }).onDelete('restrict'),
    index('cars_fleet_id_id_idx').on(t.fleetId, t.id),
    index('cars_fleet_id_car_class_id_id_idx').on(t.fleetId, t.carClassId, t.id),
    index('cars_fleet_id_external_id_idx').on(t.fleetId, t.externalId),
    index('cars_fleet_id_rate_plan_id_idx').on(t.fleetId, t.ratePlanId),
    check('cars_time_zone_known', sql`('2000-01-01 00:00:00'::timestamp at time zone ${t.timeZone}) is not null`),
    check('cars_name_length', sql`length(${t.name}) between 1 and 200`),
    check('cars_external_id_length', sql`length(${t.externalId}) between 1 and 200`),
    check('cars_retire_reason_length', sql`length(${t.retireReason}) between 1 and 1000`),
    check('cars_odometer_positive', sql`${t.odometer} >= 0`),
    check('cars_seats_bounded', sql`${t.seats} between 1 and 100`),
    check('cars_place_whole', sql`(${t.latMicrodegrees} is null) = (${t.lngMicrodegrees} is null)`),
    check('cars_lat_bounded', sql`${t.latMicrodegrees} between -90000000 and 90000000`),
    check('cars_lng_bounded', sql`${t.lngMicrodegrees} between -180000000 and 180000000`),
    check(
      'cars_rating_consistent',
      sql`${t.ratingSum} between ${t.totalReviews} and 5 * ${t.totalReviews} and cardinality(${t.ratingHistogram}) = 5 and 0 <= all (${t.ratingHistogram})`,
    ),
    check('cars_buffers_bounded', sql`${t.prepMinutes} between 0 and 10080 and ${t.turnaroundMinutes} between 0 and 10080`),
  ],
)
