// ratePlans.assign: says which plan prices a car, a class or the rest of a fleet.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { fleetRef } from '../shared/fleet.ts'
import { retrySafe } from '../shared/mutation.ts'
import { id, text } from '../shared/text.ts'

const input = z.strictObject({
  fleet: fleetRef,
  ratePlanId: id.nullable().describe('null: it has no plan of its own any more.'),
  carId: id.optional(),
  carClass: text(63).optional().describe("A class's slug. Without it and without a car: whatever else the fleet has."),
  ...retrySafe,
})

const assignment = z.strictObject({ fleetId: id, ratePlanId: id.nullable(), carId: id.nullable(), carClass: z.string().nullable() })

export const assign = signedInProcedure
  .input(input)
  .output(answer(assignment))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'assign_rate_plan_rpc', {
      fleet: input.fleet,
      rate_plan_id: input.ratePlanId,
      actor: ctx.actor,
      car_id: input.carId ?? null,
      car_class: input.carClass ?? null,
      idempotency_key: input.idempotencyKey ?? null,
    }),
  )
