// members.remove: takes somebody out of a fleet.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { fleetRef, formerMember } from '../shared/fleet.ts'
import { retrySafe } from '../shared/mutation.ts'
import { id } from '../shared/text.ts'

export const remove = signedInProcedure
  .input(z.strictObject({ fleet: fleetRef, userId: id, ...retrySafe }))
  .output(answer(formerMember))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'remove_member_rpc', {
      fleet: input.fleet,
      user_id: input.userId,
      actor: ctx.actor,
      idempotency_key: input.idempotencyKey ?? null,
    }),
  )
