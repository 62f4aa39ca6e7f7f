// invitations.revoke: takes an invitation back.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { invitation } from '../shared/invitation.ts'
import { retrySafe } from '../shared/mutation.ts'
import { id } from '../shared/text.ts'

export const revoke = signedInProcedure
  .input(z.strictObject({ id, ...retrySafe }))
  .output(answer(invitation))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'revoke_invitation_rpc', {
      invitation_id: input.id,
      actor: ctx.actor,
      idempotency_key: input.idempotencyKey ?? null,
    }),
  )
