// trips.cancel: gives the car back before the trip.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { amount, version } from '../shared/money.ts'
import { rehearsal, retrySafe } from '../shared/mutation.ts'
import { id, text } from '../shared/text.ts'
import { trip } from '../shared/trip.ts'

const input = z.strictObject({
  id,
  reason: text(1000).optional().describe("Required of a fleet that cancels somebody else's trip."),
  version: version.optional().describe('The version you have read; another one answers VERSION_MISMATCH.'),
  expectedRefund: amount.min(0).optional().describe('What cancelPreview said; if it has changed since: REFUND_CHANGED.'),
  ...retrySafe,
  ...rehearsal,
})

export const cancel = signedInProcedure
  .input(input)
  .output(answer(trip))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'cancel_trip_rpc', {
      trip_id: input.id,
      reason: input.reason ?? null,
      version: input.version ?? null,
      actor: ctx.actor,
      expected_refund: input.expectedRefund ?? null,
      idempotency_key: input.idempotencyKey ?? null,
      dry_run: input.dryRun,
    }),
  )
