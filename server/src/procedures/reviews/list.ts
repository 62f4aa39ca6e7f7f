// reviews.list: the reviews of a car, newest first.
import { call } from '@fleetflow/db'
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { pageInput, pageOf } from '../shared/page.ts'
import { review } from '../shared/review.ts'
import { id } from '../shared/text.ts'

export const list = signedInProcedure
  .input(z.strictObject({ carId: id, ...pageInput }))
  .output(answer(pageOf(review)))
  .query(({ ctx, input }) =>
    call(ctx.database, 'list_reviews_rpc', {
      car_id: input.carId,
      actor: ctx.actor,
      page_limit: input.limit,
      page_cursor: input.cursor ?? null,
    }),
  )
