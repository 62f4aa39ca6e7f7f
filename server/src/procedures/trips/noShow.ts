// trips.noShow: the renter never came; the car is free again.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { version } from '../shared/money.ts'
import { retrySafe } from '../shared/mutation.ts'
import { id } from '../shared/text.ts'
import { trip } from '../shared/trip.ts'

const input = z.strictObject({
  id,
  version: version.optional().describe('The version you have read; another one answers VERSION_MISMATCH.'),
  ...retrySafe,
})

export const noShow = signedInProcedure
  .input(input)
  .output(answer(trip))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'no_show_trip_rpc', {
      trip_id: input.id,
      version: input.version ?? null,
      actor: ctx.actor,
      idempotency_key: input.idempotencyKey ?? null,
    }),
  )
