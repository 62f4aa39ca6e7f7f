// ratePlans.preview: what a rental would cost by a tariff that is not stored.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { fleetRef } from '../shared/fleet.ts'
import { amount, currency } from '../shared/money.ts'
import { retrySafe } from '../shared/mutation.ts'
import { extras, priceLine } from '../shared/quote.ts'
import { tariff } from '../shared/tariff.ts'
import { timestamp } from '../shared/timestamp.ts'

const input = z.strictObject({
  fleet: fleetRef,
  tariff,
  startDate: timestamp,
  endDate: timestamp,
  extras: extras.default([]),
  ...retrySafe,
})

export const preview = signedInProcedure
  .input(input)
  .output(answer(z.strictObject({ totalCost: amount, currency, lines: z.array(priceLine) })))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'preview_rate_plan_rpc', {
      fleet: input.fleet,
      tariff: input.tariff,
      start_date: input.startDate,
      end_date: input.endDate,
      actor: ctx.actor,
      extras: input.extras,
      idempotency_key: input.idempotencyKey ?? null,
    }),
  )
