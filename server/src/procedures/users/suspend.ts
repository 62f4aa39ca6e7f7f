// users.suspend: shuts somebody out from their next call on. For administrators.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { account } from '../shared/account.ts'
import { retrySafe } from '../shared/mutation.ts'
import { id, text } from '../shared/text.ts'

export const suspend = signedInProcedure
  .input(z.strictObject({ id, reason: text(1000).optional().describe('For administrators to remember.'), ...retrySafe }))
  .output(answer(account))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'suspend_user_rpc', {
      user_id: input.id,
      actor: ctx.actor,
      reason: input.reason ?? null,
      idempotency_key: input.idempotencyKey ?? null,
    }),
  )
