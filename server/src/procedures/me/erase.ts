// me.erase: removes the caller for good and keeps their trips.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { retrySafe } from '../shared/mutation.ts'

const input = z.strictObject({ confirm: z.literal('erase').describe('The word erase: there is no way back.'), ...retrySafe })

export const erase = signedInProcedure
  .input(input)
  .output(answer(z.strictObject({ erased: z.literal(true) })))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'erase_me_rpc', { confirm: input.confirm, actor: ctx.actor, idempotency_key: input.idempotencyKey ?? null }),
  )
