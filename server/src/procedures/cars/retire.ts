// cars.retire: takes a car out of the fleet's offer for good.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { car } from '../shared/car.ts'
import { retrySafe } from '../shared/mutation.ts'
import { id, text } from '../shared/text.ts'

const input = z.strictObject({ id, reason: text(1000).optional().describe('For the fleet to remember.'), ...retrySafe })

export const retire = signedInProcedure
  .input(input)
  .output(answer(car))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'retire_car_rpc', {
      car_id: input.id,
      actor: ctx.actor,
      reason: input.reason ?? null,
      idempotency_key: input.idempotencyKey ?? null,
    }),
  )
