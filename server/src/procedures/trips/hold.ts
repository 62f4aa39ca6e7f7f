// trips.hold: keeps a car for somebody who is about to book it.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { amount } from '../shared/money.ts'
import { offers, retrySafe } from '../shared/mutation.ts'
import { extras } from '../shared/quote.ts'
import { id } from '../shared/text.ts'
import { timestamp } from '../shared/timestamp.ts'
import { trip } from '../shared/trip.ts'

const input = z.strictObject({
  carId: id,
  startDate: timestamp,
  endDate: timestamp,
  minutes: z.int().min(1).max(30).default(10).describe('Then the car is free again.'),
  userId: id.optional().describe("The renter, if it is somebody else: for members of the car's fleet."),
  maxTotal: amount.min(0).optional().describe('The most you would pay; a higher price answers PRICE_CHANGED.'),
  quoteId: id.optional().describe('A quote for this renter, car and period: its price counts, also if rates have changed.'),
  extras: extras.optional().describe('What is rented beside the car; with a quote it may be left out.'),
  driverId: id.optional().describe('Who drives: the renter, or a member of the fleet. They can be on one trip at a time.'),
  ...retrySafe,
  ...offers,
})

export const hold = signedInProcedure
  .input(input)
  .output(answer(trip))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'hold_trip_rpc', {
      car_id: input.carId,
      user_id: input.userId ?? null,
      start_date: input.startDate,
      end_date: input.endDate,
      actor: ctx.actor,
      minutes: input.minutes,
      max_total: input.maxTotal ?? null,
      quote_id: input.quoteId ?? null,
      extras: input.extras ?? null,
      driver_id: input.driverId ?? null,
      idempotency_key: input.idempotencyKey ?? null,
      alternatives: input.alternatives,
    }),
  )
