// trips.swap: two trips of a fleet change cars.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { version } from '../shared/money.ts'
import { rehearsal, retrySafe } from '../shared/mutation.ts'
import { id } from '../shared/text.ts'
import { trip } from '../shared/trip.ts'

const input = z.strictObject({
  id,
  otherId: id.describe('The trip that it changes cars with.'),
  version: version.optional().describe('The version of `id` that you have read; another one answers VERSION_MISMATCH.'),
  otherVersion: version.optional().describe('The version of `otherId` that you have read.'),
  ...retrySafe,
  ...rehearsal,
})

export const swap = signedInProcedure
  .input(input)
  .output(answer(z.strictObject({ trips: z.array(trip).length(2).describe('In the order in which they were named.') })))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'swap_trips_rpc', {
      trip_id: input.id,
      other_trip_id: input.otherId,
      version: input.version ?? null,
      other_version: input.otherVersion ?? null,
      actor: ctx.actor,
      idempotency_key: input.idempotencyKey ?? null,
      dry_run: input.dryRun,
    }),
  )
