// trips.cancelPreview: what cancelling a trip now would give back, and until when.
import { call } from '@fleetflow/db'
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { cancelTerms } from '../shared/refund.ts'
import { id } from '../shared/text.ts'

export const cancelPreview = signedInProcedure
  .input(z.strictObject({ id }))
  .output(answer(cancelTerms))
  .query(({ ctx, input }) => call(ctx.database, 'cancel_preview_rpc', { trip_id: input.id, actor: ctx.actor }))
