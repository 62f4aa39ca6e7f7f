// A trip and its lines as every procedure answers them.
import { z } from 'zod'
import { amount, currency, version } from './money.ts'
import { id, text } from './text.ts'
import { instant } from './timestamp.ts'

export const status = z.enum(['held', 'requested', 'confirmed', 'active', 'completed', 'cancelled', 'declined', 'expired', 'no_show'])
export const purpose = z.enum(['rental', 'maintenance', 'repair', 'owner_use'])

/** Something rented along with the car, by its code in the rate plan. */
export const extra = z.strictObject({ code: text(60), quantity: z.int().min(1).max(100) }).meta({ id: 'Extra' })

export const trip = z
  .strictObject({
    id,
    carId: id,
    fleetId: id,
    bookedById: id.describe('The renter.'),
    startDate: instant,
    endDate: instant,
    blockedFrom: instant.describe('From here on the car cannot be used for anything else: start minus preparation.'),
    blockedUntil: instant.describe('Until here: end plus turnaround.'),
    startedAt: instant.nullable(),
    returnedAt: instant.nullable(),
    holdExpiresAt: instant.nullable().describe('A hold that is still held then has expired, whatever `status` says.'),
    respondBy: instant.nullable().describe('A request that nobody has answered by then has expired, whatever `status` says.'),
    status,
    overdue: z.boolean().describe('Active and past its end.'),
    atRisk: z.boolean().describe('The trip before it on this car is late.'),
    pinned: z.boolean().describe('false: booked as any car of its class; it may be moved to another one until 2 hours before its start.'),
    driverId: id.nullable(),
    seriesId: id.nullable().describe('Shared by the trips of one recurrence.'),
    extras: z.array(extra),
    odometerStart: z.int().nullable(),
    odometerEnd: z.int().nullable(),
    fuelStart: z.int().nullable().describe('Percent.'),
    fuelEnd: z.int().nullable().describe('Percent.'),
    note: z.string().nullable(),
    purpose,
    totalCost: amount,
    currency,
    version: version.describe('Grows with every change; send it back to refuse to overwrite what you have not seen.'),
    cancelReason: z.string().nullable(),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: 'Trip' })

const line = z
  .strictObject({
    id,
    kind: z.string(),
    description: z.string(),
    quantity: z.int(),
    unitAmount: amount,
    amount,
    createdAt: instant,
  })
  .meta({ id: 'TripLine' })

export const tripWithLines = trip.extend({ lines: z.array(line).describe('What the total is made of.') }).meta({ id: 'TripWithLines' })
