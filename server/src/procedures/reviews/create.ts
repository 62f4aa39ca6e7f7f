// reviews.create: a renter's review of a completed rental, once.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { retrySafe } from '../shared/mutation.ts'
import { rating, review } from '../shared/review.ts'
import { id, text } from '../shared/text.ts'

const input = z.strictObject({ tripId: id, rating: rating.describe('1 (bad) to 5 (good).'), comment: text(4000).optional(), ...retrySafe })

export const create = signedInProcedure
  .input(input)
  .output(answer(review))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'create_review_rpc', {
      trip_id: input.tripId,
      rating: input.rating,
      comment: input.comment ?? null,
      actor: ctx.actor,
      idempotency_key: input.idempotencyKey ?? null,
    }),
  )
