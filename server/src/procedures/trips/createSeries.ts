// trips.createSeries: books a car for every occurrence of a recurrence, all or none unless asked otherwise.
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { series, seriesInput } from '../shared/series.ts'

export const createSeries = signedInProcedure
  .input(seriesInput)
  .output(answer(series))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'create_trip_series_rpc', {
      car_id: input.carId,
      user_id: input.userId ?? null,
      local_starts: input.occurrences,
      minutes: input.minutes,
      actor: ctx.actor,
      purpose: input.purpose,
      on_conflict: input.onConflict,
      extras: input.extras ?? null,
      max_total: input.maxTotal ?? null,
      idempotency_key: input.idempotencyKey ?? null,
      dry_run: input.dryRun,
    }),
  )
