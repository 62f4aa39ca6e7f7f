// carClasses.create: adds a class to a fleet; cars of a class may stand in for each other.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { carClass } from '../shared/carClass.ts'
import { retrySafe } from '../shared/mutation.ts'
import { text } from '../shared/text.ts'

const input = z.strictObject({
  fleet: text(100).describe('Id or slug.'),
  slug: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/)
    .describe('Unique in the fleet: BAD_INPUT with the reason TAKEN.')
    .meta({ example: 'van' }),
  name: text(200),
  ...retrySafe,
})

export const create = signedInProcedure
  .input(input)
  .output(answer(carClass))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'create_car_class_rpc', {
      fleet: input.fleet,
      slug: input.slug,
      name: input.name,
      actor: ctx.actor,
      idempotency_key: input.idempotencyKey ?? null,
    }),
  )
