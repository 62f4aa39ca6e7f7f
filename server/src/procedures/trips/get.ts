// trips.get: one trip with the lines of its price.
import { call } from '@fleetflow/db'
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { id } from '../shared/text.ts'
import { tripWithLines } from '../shared/trip.ts'

export const get = signedInProcedure
  .input(z.strictObject({ id }))
  .output(answer(tripWithLines))
  .query(({ ctx, input }) => call(ctx.database, 'get_trip_rpc', { trip_id: input.id, actor: ctx.actor }))
