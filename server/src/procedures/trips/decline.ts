// trips.decline: says no to a request.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { version } from '../shared/money.ts'
import { retrySafe } from '../shared/mutation.ts'
import { id, text } from '../shared/text.ts'
import { trip } from '../shared/trip.ts'

const input = z.strictObject({
  id,
  reason: text(1000).optional().describe('What the renter is told.'),
  version: version.optional().describe('The version you have read; another one answers VERSION_MISMATCH.'),
  ...retrySafe,
})

export const decline = signedInProcedure
  .input(input)
  .output(answer(trip))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'decline_trip_rpc', {
      trip_id: input.id,
      reason: input.reason ?? null,
      version: input.version ?? null,
      actor: ctx.actor,
      idempotency_key: input.idempotencyKey ?? null,
    }),
  )
