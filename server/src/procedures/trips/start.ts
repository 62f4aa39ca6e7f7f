// trips.start: hands the car over.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { version } from '../shared/money.ts'
import { retrySafe } from '../shared/mutation.ts'
import { fuel, odometer } from '../shared/readings.ts'
import { id } from '../shared/text.ts'
import { trip } from '../shared/trip.ts'

const input = z.strictObject({
  id,
  odometer: odometer.optional(),
  fuel: fuel.optional(),
  version: version.optional().describe('The version you have read; another one answers VERSION_MISMATCH.'),
  ...retrySafe,
})

export const start = signedInProcedure
  .input(input)
  .output(answer(trip))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'start_trip_rpc', {
      trip_id: input.id,
      odometer: input.odometer ?? null,
      fuel: input.fuel ?? null,
      version: input.version ?? null,
      actor: ctx.actor,
      idempotency_key: input.idempotencyKey ?? null,
    }),
  )
