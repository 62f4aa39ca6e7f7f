// A car as every procedure answers it.
import { z } from 'zod'
import { amount, currency } from './money.ts'
import { id } from './text.ts'

const count = z.int().min(0)

export const car = z
  .strictObject({
    id,
    fleetId: id,
    fleet: z.string().describe('The slug of its fleet.'),
    carClassId: id,
    carClass: z.string().describe('The slug of its class: cars of a class may stand in for each other.'),
    name: z.string(),
    seats: z.int().nullable(),
    lat: z.number().nullable().describe('Decimal degrees.'),
    lng: z.number().nullable().describe('Decimal degrees.'),
    timeZone: z.string().describe('IANA time zone, in which days are counted and priced.'),
    backToBack: z.boolean().describe('Whether a trip may begin at the very instant at which another ends.'),
    instantBooking: z.boolean().describe('false: the fleet answers each request of a renter.'),
    prepMinutes: count,
    turnaroundMinutes: count,
    currency,
    avgRating: z.number().nullable().describe('Two decimals; null without reviews.'),
    totalReviews: count,
    ratingHistogram: z.array(count).length(5).describe('How many reviews gave 1, 2, 3, 4 and 5.'),
    rates: z
      .strictObject({ dayRate: amount, hourRate: amount, minimumCharge: amount })
      .nullable()
      .describe('null: the car has no price and cannot be booked.'),
  })
  .meta({ id: 'Car' })
