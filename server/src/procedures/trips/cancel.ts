// trips.cancel: gives the car back before the trip.
import { call } from '@fleetflow/db'
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { version } from '../shared/money.ts'
import { id, text } from '../shared/text.ts'
import { trip } from '../shared/trip.ts'

const input = z.strictObject({
  id,
  reason: text(1000).optional().describe("Required of a fleet that cancels somebody else's trip."),
  version: version.optional().describe('The version you have read; another one answers VERSION_MISMATCH.'),
})

export const cancel = signedInProcedure
  .input(input)
  .output(answer(trip))
  .mutation(({ ctx, input }) =>
    call(ctx.database, 'cancel_trip_rpc', {
      trip_id: input.id,
      reason: input.reason ?? null,
      version: input.version ?? null,
      actor: ctx.actor,
    }),
  )
