// cars.create: adds a car to a fleet.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { car, carDetails, storedCar } from '../shared/car.ts'
import { retrySafe } from '../shared/mutation.ts'
import { text } from '../shared/text.ts'

const input = z.strictObject({
  fleet: text(100).describe('Id or slug.'),
  carClass: text(100).describe('Slug or id of a class of the fleet.'),
  name: text(200),
  ...carDetails,
  ...retrySafe,
})

export const create = signedInProcedure
  .input(input)
  .output(answer(car))
  .mutation(({ ctx, input: { fleet, idempotencyKey, ...given } }) =>
    perform(ctx, 'create_car_rpc', { fleet, car: storedCar(given), actor: ctx.actor, idempotency_key: idempotencyKey ?? null }),
  )
