// trips.quote: promises the price of a rental for 15 minutes.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { retrySafe } from '../shared/mutation.ts'
import { extras, quote as quoted } from '../shared/quote.ts'
import { id } from '../shared/text.ts'
import { timestamp } from '../shared/timestamp.ts'

const input = z.strictObject({
  carId: id,
  startDate: timestamp,
  endDate: timestamp,
  extras: extras.default([]),
  userId: id.optional().describe("The renter, if it is somebody else: for members of the car's fleet."),
  preview: z.boolean().default(false).describe('Says the price and promises nothing: nothing is stored, and there is no id.'),
  ...retrySafe,
})

export const quote = signedInProcedure
  .input(input)
  .output(answer(quoted))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'quote_trip_rpc', {
      car_id: input.carId,
      start_date: input.startDate,
      end_date: input.endDate,
      actor: ctx.actor,
      extras: input.extras,
      user_id: input.userId ?? null,
      preview: input.preview,
      idempotency_key: input.idempotencyKey ?? null,
    }),
  )
