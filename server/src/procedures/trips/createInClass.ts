// trips.createInClass: books any car of a class for a period.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { microdegrees } from '../shared/availability.ts'
import { amount } from '../shared/money.ts'
import { offers, rehearsal, retrySafe } from '../shared/mutation.ts'
import { extras } from '../shared/quote.ts'
import { id, text } from '../shared/text.ts'
import { timestamp } from '../shared/timestamp.ts'
import { trip } from '../shared/trip.ts'

const input = z.strictObject({
  fleet: text(100).describe('Id or slug of the fleet.'),
  carClass: text(100).describe('Id or slug of the class: any car of it will do.'),
  startDate: timestamp,
  endDate: timestamp,
  lat: z.number().min(-90).max(90).optional().describe('Decimal degrees; with `lng`. Without a place any car of the class will do.'),
  lng: z.number().min(-180).max(180).optional().describe('Decimal degrees.'),
  radiusKm: z.number().min(0.001).max(20_100).default(20).describe('How far from the place the car may be, great-circle.'),
  userId: id.optional().describe('The renter, if it is somebody else: for owners and managers of the fleet.'),
  maxTotal: amount
    .min(0)
    .optional()
    .describe('The most you would pay: dearer cars are left out. PRICE_CHANGED where only dearer ones are free.'),
  extras: extras.optional().describe('What is rented beside the car.'),
  driverId: id.optional().describe('Who drives: the renter, or a member of the fleet. They can be on one trip at a time.'),
  allocation: z
    .enum(['auto', 'pinned'])
    .default('auto')
    .describe('`auto`: until 2 hours before the start the trip may be moved to another car of the class. `pinned`: it stays on its car.'),
  ...offers,
  ...retrySafe,
  ...rehearsal,
})

export const createInClass = signedInProcedure
  .input(input)
  .output(answer(trip))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'create_trip_in_class_rpc', {
      fleet: input.fleet,
      car_class: input.carClass,
      user_id: input.userId ?? null,
      start_date: input.startDate,
      end_date: input.endDate,
      actor: ctx.actor,
      lat: microdegrees(input.lat),
      lng: microdegrees(input.lng),
      radius: Math.round(input.radiusKm * 1000),
      max_total: input.maxTotal ?? null,
      extras: input.extras ?? null,
      driver_id: input.driverId ?? null,
      allocation: input.allocation,
      alternatives: input.alternatives,
      idempotency_key: input.idempotencyKey ?? null,
      dry_run: input.dryRun,
    }),
  )
