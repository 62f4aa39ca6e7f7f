// members.setRole: changes the role of a member.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { fleetRef, member, role } from '../shared/fleet.ts'
import { retrySafe } from '../shared/mutation.ts'
import { id } from '../shared/text.ts'

export const setRole = signedInProcedure
  .input(z.strictObject({ fleet: fleetRef, userId: id, role, ...retrySafe }))
  .output(answer(member))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'set_member_role_rpc', {
      fleet: input.fleet,
      user_id: input.userId,
      role: input.role,
      actor: ctx.actor,
      idempotency_key: input.idempotencyKey ?? null,
    }),
  )
