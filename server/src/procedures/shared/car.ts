// A car as every procedure answers it.
import { z } from 'zod'
import { microdegrees } from './availability.ts'
import { amount, currency } from './money.ts'
import { odometer } from './readings.ts'
import { id, text } from './text.ts'
import { instant } from './timestamp.ts'

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
    retiredAt: instant.nullable().describe('Retired cars are seen by the members of their fleet only.'),
    retireReason: z.string().nullable().describe('For members only; null for everybody else.'),
    odometer: z.int().nullable().describe('The last reading, for members only; null for everybody else.'),
    externalId: z.string().nullable().describe('What the fleet calls it elsewhere, for members only; null for everybody else.'),
  })
  .meta({ id: 'Car' })

const minutes = z.int().min(0).max(10_080)

/** What a fleet says of its cars beside name and class; null clears. */
export const carDetails = {
  seats: z.int().min(1).max(100).nullable().optional(),
  lat: z.number().min(-90).max(90).nullable().optional().describe('Decimal degrees; with `lng`.'),
  lng: z.number().min(-180).max(180).nullable().optional().describe('Decimal degrees.'),
  timeZone: text(100).optional().describe("UTC or Area/Place; a new car has its fleet's unless told.").meta({ example: 'Europe/Lisbon' }),
  prepMinutes: minutes.optional().describe('Kept free before each trip that is booked from now on.'),
  turnaroundMinutes: minutes.optional().describe('Kept free after each trip that is booked from now on.'),
  backToBack: z
    .boolean()
    .optional()
    .describe('Whether a trip may begin at the very instant at which another ends; for trips to be booked.'),
  instantBooking: z.boolean().optional().describe('false: the fleet answers each request of a renter.'),
  odometer: odometer.nullable().optional(),
  externalId: text(200).nullable().optional().describe('What the fleet calls it elsewhere.'),
}

interface Place {
  lat?: number | null | undefined
  lng?: number | null | undefined
}

/** The same with the place in whole microdegrees, which is how places are stored. */
export function storedCar<T extends Place>({ lat, lng, ...rest }: T) {
  return {
    ...rest,
    ...(lat === undefined ? {} : { lat: lat === null ? null : microdegrees(lat) }),
    ...(lng === undefined ? {} : { lng: lng === null ? null : microdegrees(lng) }),
  }
}
