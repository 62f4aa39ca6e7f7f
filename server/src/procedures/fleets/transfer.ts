// fleets.transfer: hands a fleet to another member; the caller stays as a manager.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { fleet, fleetRef } from '../shared/fleet.ts'
import { retrySafe } from '../shared/mutation.ts'
import { id } from '../shared/text.ts'

export const transfer = signedInProcedure
  .input(z.strictObject({ fleet: fleetRef, userId: id.describe('A member, who becomes an owner.'), ...retrySafe }))
  .output(answer(fleet))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'transfer_fleet_rpc', {
      fleet: input.fleet,
      user_id: input.userId,
      actor: ctx.actor,
      idempotency_key: input.idempotencyKey ?? null,
    }),
  )
