// me.update: changes the caller's display name.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { me } from '../shared/me.ts'
import { retrySafe } from '../shared/mutation.ts'
import { text } from '../shared/text.ts'

export const update = signedInProcedure
  .input(z.strictObject({ name: text(200).describe('What others read beside your reviews and trips.'), ...retrySafe }))
  .output(answer(me))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'update_me_rpc', { name: input.name, actor: ctx.actor, idempotency_key: input.idempotencyKey ?? null }),
  )
