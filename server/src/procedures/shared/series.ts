// A recurrence as it is given (a rule and the local times of one occurrence) and as it is answered.
import { z } from 'zod'
import { mistake } from '../../trpc/inputReasons.ts'
import { amount, currency } from './money.ts'
import { rehearsal, retrySafe } from './mutation.ts'
import { extras } from './quote.ts'
import { expand } from './recurrence.ts'
import { id, text } from './text.ts'
import { instant } from './timestamp.ts'
import { purpose, trip } from './trip.ts'

const shape = /^(?:19|[2-9]\d)\d{2}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d$/

/** A time on the clock of the car, without an offset. */
const localTime = z
  .string()
  .max(40)
  .refine((value) => shape.test(value) && value < '9999' && isDay(value), mistake('LOCAL_TIME_EXPECTED'))

function isDay(value: string): boolean {
  const [year, month, day] = value.slice(0, 10).split('-').map(Number) as [number, number, number]
  return month >= 1 && month <= 12 && day >= 1 && day <= Temporal.PlainYearMonth.from({ year, month }).daysInMonth
}

export const seriesInput = z
  .strictObject({
    carId: id,
    rrule: text(500).describe(
      'RFC 5545: FREQ (DAILY to YEARLY), INTERVAL, COUNT or UNTIL (local), BYDAY, BYMONTHDAY, BYMONTH, BYSETPOS, WKST.',
    ),
    localStart: localTime.describe('Where the rule begins, by the clock of the car.'),
    localEnd: localTime.describe('The end of a trip that begins then; all trips are as long by the clock.'),
    userId: id.optional().describe("The renter, if it is somebody else: for members of the car's fleet."),
    purpose: purpose.default('rental').describe('Anything but a rental is for members of the fleet and costs nothing.'),
    onConflict: z.enum(['refuse', 'skip']).default('refuse').describe('skip: books what can be booked and says what it left out.'),
    extras: extras.optional().describe('Rented with each trip.'),
    maxTotal: amount.min(0).optional().describe('The most you would pay for all trips together; more answers PRICE_CHANGED.'),
    ...retrySafe,
    ...rehearsal,
  })
  .transform((given, context) => {
    const { rrule, localStart, localEnd, ...rest } = given
    const minutes = Temporal.PlainDateTime.from(localStart).until(localEnd).total('minutes')
    const occurrences = expand(rrule, localStart)
    if (typeof occurrences !== 'string' && minutes > 0) return { ...rest, minutes, occurrences }
    const [path, { error, params }] =
      typeof occurrences === 'string' ? ['rrule', mistake(occurrences)] : ['localEnd', mistake('PERIOD_INVALID')]
    context.issues.push({ code: 'custom', input: given, path: [path], message: error, params })
    return z.NEVER
  })

export const series = z
  .strictObject({
    seriesId: id.nullable().describe('Shared by the trips; null if none was booked.'),
    trips: z.array(trip),
    totalCost: amount.describe('Of all trips together.'),
    currency,
    skipped: z
      .array(z.strictObject({ startDate: instant, endDate: instant, code: z.string().describe('Why it could not be booked.') }))
      .describe('Occurrences that were left out.'),
  })
  .meta({ id: 'TripSeries' })
