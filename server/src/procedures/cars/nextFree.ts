// cars.nextFree: the next starts at which a trip of some length fits on a car.
import { call } from '@fleetflow/db'
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { nextStarts } from '../shared/availability.ts'
import { id } from '../shared/text.ts'
import { timestamp } from '../shared/timestamp.ts'

const input = z.strictObject({
  id,
  minutes: z.int().min(1).max(527_040).describe('How long the trip is to be.'),
  from: timestamp.optional().describe('Not before this instant; now unless told.'),
})

export const nextFree = signedInProcedure
  .input(input)
  .output(answer(z.strictObject(nextStarts)))
  .query(({ ctx, input }) =>
    call(ctx.database, 'next_free_rpc', { car_id: input.id, minutes: input.minutes, actor: ctx.actor, not_before: input.from ?? null }),
  )
