// The rules that a fleet sets for its renters: the shape in which they are set, and the one in which they are answered.
import { z } from 'zod'
import { version } from './money.ts'
import { id } from './text.ts'

const clock = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'A time of day, as in 08:00')
const closing = z.string().regex(/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/, 'A time of day, as in 18:00 or 24:00')
const openDay = z
  .array(z.tuple([clock, closing]))
  .max(10)
  .optional()

const openingHours = z
  .strictObject({ mon: openDay, tue: openDay, wed: openDay, thu: openDay, fri: openDay, sat: openDay, sun: openDay })
  .refine((week) => Object.values(week).some((day) => day !== undefined && day.length > 0), { error: 'At least one range' })
  .describe('When trips may begin and end, by the clock of the car. A day that is absent is closed; a range may run past midnight.')
  .meta({
    example: {
      mon: [['08:00', '18:00']],
      fri: [
        ['08:00', '12:00'],
        ['20:00', '02:00'],
      ],
    },
  })

const tier = z.strictObject({
  beforeMinutes: z.int().min(0).max(527_040).describe('Applies to cancellations at least this long before the start.'),
  refundPpm: z.int().min(0).max(1_000_000).describe('How much comes back, in parts per million.'),
})

const cancellationPolicy = z
  .union([z.enum(['flexible', 'moderate', 'strict', 'non_refundable']), z.strictObject({ tiers: z.array(tier).min(1).max(10) })])
  .describe('A named policy, or tiers from the earliest to the latest. Copied onto a trip when it is booked.')

const day = z.iso.date().refine((given) => given >= '1900' && given < '9999', { error: 'A day of the years 1900 to 9998' })
const minutes = z.int().min(1).max(527_040)

/** Each rule may be absent (it stays) or null (there is no such rule any more). */
export const ruleChanges = {
  openingHours: openingHours.nullable().optional(),
  closedDays: z.array(day).max(1000).optional().describe('Days of the car on which no trip begins or ends.'),
  minMinutes: minutes.nullable().optional().describe('The shortest rental; 1440 is a day by the wall clock.'),
  maxMinutes: minutes.nullable().optional().describe('The longest rental.'),
  noticeMinutes: z.int().min(0).max(527_040).nullable().optional().describe('How long before its start a trip has to be booked.'),
  horizonDays: z.int().min(1).max(3660).nullable().optional().describe('How far ahead a trip may start.'),
  maxOpenTrips: z.int().min(1).max(10_000).nullable().optional().describe('How many trips of a renter may be open at once.'),
  cancellationPolicy: cancellationPolicy.nullable().optional(),
}

export const fleetRules = z
  .strictObject({
    fleetId: id,
    fleet: z.string().describe('The slug of the fleet.'),
    openingHours: openingHours.nullable().describe('null: open at all times.'),
    closedDays: z.array(z.iso.date()),
    minMinutes: z.int().nullable(),
    maxMinutes: z.int().nullable(),
    noticeMinutes: z.int(),
    horizonDays: z.int().nullable(),
    maxOpenTrips: z.int().nullable(),
    cancellationPolicy: cancellationPolicy.nullable(),
    version: version.describe('Grows with every change; send it back to refuse to overwrite what you have not seen.'),
  })
  .meta({ id: 'FleetRules' })
