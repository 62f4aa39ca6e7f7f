// cars.search: cars that are free for a whole period, with their price for it.
import { call } from '@fleetflow/db'
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { microdegrees } from '../shared/availability.ts'
import { car } from '../shared/car.ts'
import { amount, currency } from '../shared/money.ts'
import { pageInput, pageOf } from '../shared/page.ts'
import { text } from '../shared/text.ts'
import { instant, timestamp } from '../shared/timestamp.ts'

const input = z.strictObject({
  startDate: timestamp,
  endDate: timestamp,
  lat: z.number().min(-90).max(90).optional().describe('Decimal degrees; with `lng`. Without a place all cars of the fleet are meant.'),
  lng: z.number().min(-180).max(180).optional().describe('Decimal degrees.'),
  radiusKm: z.number().min(0.001).max(20_100).default(20).describe('Great-circle distance.'),
  fleet: text(100).optional().describe('Id or slug of a fleet.'),
  carClass: text(100).optional().describe('Slug of a car class.'),
  seats: z.int().min(1).max(100).optional().describe('At least so many.'),
  maxPrice: amount.min(0).optional().describe('The most that the whole period may cost, in minor units.'),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .optional()
    .describe('Only cars that are priced in it.'),
  minRating: z.number().min(1).max(5).optional().describe('At least this average; cars without reviews are left out.'),
  sort: z.enum(['distance', 'price', 'rating']).optional().describe('`distance` with a place, `price` without one, unless told.'),
  busyToo: z.boolean().default(false).describe('Also lists cars that are taken, with their next free start.'),
  ...pageInput,
})

const item = z.strictObject({
  car,
  distance: z.int().nullable().describe('Metres; null without a place.'),
  price: z.strictObject({ total: amount, currency }).describe('What trips.create would charge for the period as of `asOf`.'),
  free: z.boolean().describe('For the whole period; false only with `busyToo`.'),
  nextFree: instant.nullable().describe('The first start, not before the one asked for, at which the same length fits.'),
})

export const search = signedInProcedure
  .input(input)
  .output(
    answer(
      pageOf(item).extend({
        asOf: instant.describe('The instant of the prices of all pages.'),
        truncated: z.boolean().describe('By price and rating only the 500 nearest cars are sorted: there are more.'),
      }),
    ),
  )
  .query(({ ctx, input }) =>
    call(ctx.database, 'search_cars_rpc', {
      start_date: input.startDate,
      end_date: input.endDate,
      actor: ctx.actor,
      lat: microdegrees(input.lat),
      lng: microdegrees(input.lng),
      radius: Math.round(input.radiusKm * 1000),
      fleet: input.fleet ?? null,
      car_class: input.carClass ?? null,
      seats: input.seats ?? null,
      price_max: input.maxPrice ?? null,
      currency: input.currency ?? null,
      rating_min: input.minRating === undefined ? null : Math.round(input.minRating * 100),
      sort: input.sort ?? null,
      busy_too: input.busyToo,
      page_limit: input.limit,
      page_cursor: input.cursor ?? null,
    }),
  )
