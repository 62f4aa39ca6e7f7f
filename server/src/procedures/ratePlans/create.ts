// ratePlans.create: stores a rate plan, or the next version of the one with that name.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { fleetRef } from '../shared/fleet.ts'
import { retrySafe } from '../shared/mutation.ts'
import { planName, ratePlan, tariff } from '../shared/tariff.ts'
import { id, text } from '../shared/text.ts'

const input = z.strictObject({
  fleet: fleetRef,
  name: planName,
  tariff,
  assignTo: z
    .union([z.strictObject({ carId: id }), z.strictObject({ carClass: text(63) }), z.strictObject({ fleet: z.literal(true) })])
    .optional()
    .describe('What it prices from now on, beside what an older version priced.'),
  ...retrySafe,
})

export const create = signedInProcedure
  .input(input)
  .output(answer(ratePlan))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'create_rate_plan_rpc', {
      fleet: input.fleet,
      name: input.name,
      tariff: input.tariff,
      actor: ctx.actor,
      assign_to: input.assignTo ?? null,
      idempotency_key: input.idempotencyKey ?? null,
    }),
  )
