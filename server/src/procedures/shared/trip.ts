// A trip and its lines as every procedure answers them.
import { z } from 'zod'
import { amount, currency, version } from './money.ts'
import { id } from './text.ts'
import { instant } from './timestamp.ts'

export const status = z.enum(['held', 'requested', 'confirmed', 'active', 'completed', 'cancelled', 'declined', 'expired', 'no_show'])
export const purpose = z.enum(['rental', 'maintenance', 'repair', 'owner_use'])

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
    returnedAt: instant.nullable(),
    status,
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
