// users.reinstate: lets somebody who was suspended in again. For administrators.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { account } from '../shared/account.ts'
import { retrySafe } from '../shared/mutation.ts'
import { id } from '../shared/text.ts'

export const reinstate = signedInProcedure
  .input(z.strictObject({ id, ...retrySafe }))
  .output(answer(account))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'reinstate_user_rpc', { user_id: input.id, actor: ctx.actor, idempotency_key: input.idempotencyKey ?? null }),
  )
