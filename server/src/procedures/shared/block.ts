// A block's plan, and the trips in its way, as trips.block takes and answers them.
import { z } from 'zod'
import { version } from './money.ts'
import { id } from './text.ts'
import { instant } from './timestamp.ts'
import { purpose, status, trip } from './trip.ts'

export const plan = z
  .strictObject({
    moves: z.array(z.strictObject({ tripId: id, version, carId: id.describe('The car that it moves to.') })).max(200),
  })
  .meta({ id: 'BlockPlan' })

const tripInTheWay = z
  .strictObject({
    tripId: id,
    version,
    status,
    purpose,
    startDate: instant,
    endDate: instant,
    pinned: z.boolean().describe('Its renter chose this very car: a plan that moves it should be agreed with them.'),
    targetCarId: id.nullable().describe('The free car of the same class that fits it best; null: it cannot move.'),
  })
  .meta({ id: 'TripInTheWay' })

export const blockAnswer = z
  .strictObject({
    trip: trip.nullable().describe('The block; null where a dry run found trips in the way.'),
    inTheWay: z.array(tripInTheWay).describe('With a plan: the trips that it has moved, as they were.'),
    plan: plan.nullable().describe('Send it back to move them all; null where nothing is in the way or something cannot move.'),
  })
  .meta({ id: 'Block' })
