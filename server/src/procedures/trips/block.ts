// trips.block: takes a car out of service for a period, and moves the trips in the way by a plan.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { blockAnswer, plan } from '../shared/block.ts'
import { rehearsal, retrySafe } from '../shared/mutation.ts'
import { id, text } from '../shared/text.ts'
import { timestamp } from '../shared/timestamp.ts'

const input = z.strictObject({
  carId: id,
  startDate: timestamp,
  endDate: timestamp,
  purpose: z.enum(['maintenance', 'repair', 'owner_use']).default('maintenance'),
  note: text(1000).optional(),
  plan: plan.optional().describe('What a dry run answered: all of its moves and the block happen, or nothing (PLAN_STALE).'),
  ...retrySafe,
  ...rehearsal,
})

export const block = signedInProcedure
  .input(input)
  .output(answer(blockAnswer))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'block_car_rpc', {
      car_id: input.carId,
      start_date: input.startDate,
      end_date: input.endDate,
      actor: ctx.actor,
      purpose: input.purpose,
      note: input.note ?? null,
      plan: input.plan ?? null,
      idempotency_key: input.idempotencyKey ?? null,
      dry_run: input.dryRun,
    }),
  )
