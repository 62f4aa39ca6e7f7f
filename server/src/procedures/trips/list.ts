// trips.list: one's own trips or those of a fleet, newest start first.
import { call } from '@fleetflow/db'
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { pageInput, pageOf } from '../shared/page.ts'
import { id, text } from '../shared/text.ts'
import { status, trip } from '../shared/trip.ts'

const input = z
  .strictObject({
    fleet: text(100).optional().describe("Id or slug: that fleet's trips, for its members. Without it: your own."),
    carId: id.optional(),
    status: status.optional(),
    ...pageInput,
  })
  .prefault({})

export const list = signedInProcedure
  .input(input)
  .output(answer(pageOf(trip)))
  .query(({ ctx, input }) =>
    call(ctx.database, 'list_trips_rpc', {
      actor: ctx.actor,
      fleet: input.fleet ?? null,
      car_id: input.carId ?? null,
      status: input.status ?? null,
      page_limit: input.limit,
      page_cursor: input.cursor ?? null,
    }),
  )
