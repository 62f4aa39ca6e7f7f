// invitations.create: makes an invitation to a fleet and shows its token, this once.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { performWithSecret } from '../../trpc/secret.ts'
import { fleetRef, role } from '../shared/fleet.ts'
import { invitationWithToken } from '../shared/invitation.ts'
import { retrySafe } from '../shared/mutation.ts'

const input = z.strictObject({
  fleet: fleetRef,
  role,
  email: z.email().max(320).optional().describe('Only whoever has this address may accept.'),
  expiresInDays: z.int().min(1).max(30).default(7),
  ...retrySafe,
})

export const create = signedInProcedure
  .input(input)
  .output(answer(invitationWithToken))
  .mutation(async ({ ctx, input }) => {
    const args = {
      fleet: input.fleet,
      role: input.role,
      actor: ctx.actor,
      email: input.email ?? null,
      expires_in_days: input.expiresInDays,
      idempotency_key: input.idempotencyKey ?? null,
    }
    const { secret: token, ...made } = (await performWithSecret(ctx, 'create_invitation_rpc', args, 'ffi_')) as { secret: string | null }
    return { ...made, token }
  })
