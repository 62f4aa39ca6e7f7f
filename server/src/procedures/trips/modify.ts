// trips.modify: moves a trip's start, its end or both; it is priced again.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { version } from '../shared/money.ts'
import { offers, rehearsal, retrySafe } from '../shared/mutation.ts'
import { id } from '../shared/text.ts'
import { timestamp } from '../shared/timestamp.ts'
import { trip } from '../shared/trip.ts'

const input = z
  .strictObject({
    id,
    startDate: timestamp.optional(),
    endDate: timestamp.optional(),
    version: version.optional().describe('The version you have read; another one answers VERSION_MISMATCH.'),
    ...retrySafe,
    ...rehearsal,
    ...offers,
  })
  .refine((given) => given.startDate !== undefined || given.endDate !== undefined, {
    error: 'Give startDate, endDate or both',
    params: { reason: 'NOTHING_TO_CHANGE' },
  })

export const modify = signedInProcedure
  .input(input)
  .output(answer(trip))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'modify_trip_rpc', {
      trip_id: input.id,
      start_date: input.startDate ?? null,
      end_date: input.endDate ?? null,
      version: input.version ?? null,
      actor: ctx.actor,
      idempotency_key: input.idempotencyKey ?? null,
      dry_run: input.dryRun,
      alternatives: input.alternatives,
    }),
  )
