// cars.update: changes what is known of a car. Trips that are booked keep what they were booked under.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { car, carDetails, storedCar } from '../shared/car.ts'
import { retrySafe } from '../shared/mutation.ts'
import { id, text } from '../shared/text.ts'

const input = z.strictObject({
  id,
  carClass: text(100).optional().describe('Slug or id of a class of the same fleet.'),
  name: text(200).optional(),
  ...carDetails,
  ...retrySafe,
})

export const update = signedInProcedure
  .input(input)
  .output(answer(car))
  .mutation(({ ctx, input: { id, idempotencyKey, ...changes } }) =>
    perform(ctx, 'update_car_rpc', {
      car_id: id,
      changes: storedCar(changes),
      actor: ctx.actor,
      idempotency_key: idempotencyKey ?? null,
    }),
  )
