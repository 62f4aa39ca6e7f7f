// trips.history: who changed what of a trip from what to what, oldest first.
import { call } from '@fleetflow/db'
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { tripEvent } from '../shared/event.ts'
import { pageInput, pageOf } from '../shared/page.ts'
import { id } from '../shared/text.ts'

export const history = signedInProcedure
  .input(z.strictObject({ id, ...pageInput }))
  .output(answer(pageOf(tripEvent)))
  .query(({ ctx, input }) =>
    call(ctx.database, 'list_trip_history_rpc', {
      trip_id: input.id,
      actor: ctx.actor,
      page_limit: input.limit,
      page_cursor: input.cursor ?? null,
    }),
  )
