// invitations.accept: lets the caller into the fleet of an invitation. The token stays here: the database is told its hash.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { hashOf } from '../../trpc/secret.ts'
import { fleet } from '../shared/fleet.ts'
import { retrySafe } from '../shared/mutation.ts'
import { text } from '../shared/text.ts'

export const accept = signedInProcedure
  .input(z.strictObject({ token: text(200).describe('What invitations.create showed.'), ...retrySafe }))
  .output(answer(fleet))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'accept_invitation_rpc', {
      token_hash: hashOf(input.token),
      actor: ctx.actor,
      idempotency_key: input.idempotencyKey ?? null,
    }),
  )
