// members.leave: the caller leaves a fleet.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { fleetRef, formerMember } from '../shared/fleet.ts'
import { retrySafe } from '../shared/mutation.ts'

export const leave = signedInProcedure
  .input(z.strictObject({ fleet: fleetRef, ...retrySafe }))
  .output(answer(formerMember))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'leave_fleet_rpc', {
      fleet: input.fleet,
      actor: ctx.actor,
      idempotency_key: input.idempotencyKey ?? null,
    }),
  )
