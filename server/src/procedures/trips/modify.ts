// trips.modify: changes a trip's times, car, extras or driver; it is priced again.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { mistake } from '../../trpc/inputReasons.ts'
import { perform } from '../../trpc/perform.ts'
import { version } from '../shared/money.ts'
import { offers, rehearsal, retrySafe } from '../shared/mutation.ts'
import { id } from '../shared/text.ts'
import { timestamp } from '../shared/timestamp.ts'
import { extra, trip } from '../shared/trip.ts'

const input = z
  .strictObject({
    id,
    startDate: timestamp.optional(),
    endDate: timestamp.optional(),
    carId: id.optional().describe('Another car of the same fleet: for its owners and managers.'),
    reprice: z.boolean().default(false).describe("Beside carId: charge what the new car's plan asks. Otherwise the price stays."),
    extras: z.array(extra).max(20).optional().describe('All of them; an empty list removes those that were booked.'),
    driverId: id.nullable().optional().describe("The renter, or a member of the fleet for its owners and managers; null: nobody's name."),
    version: version.optional().describe('The version you have read; another one answers VERSION_MISMATCH.'),
    ...retrySafe,
    ...rehearsal,
    ...offers,
  })
  .refine(
    ({ startDate, endDate, carId, extras, driverId }) => [startDate, endDate, carId, extras, driverId].some((given) => given !== undefined),
    mistake('NOTHING_TO_CHANGE'),
  )

export const modify = signedInProcedure
  .input(input)
  .output(answer(trip))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'modify_trip_rpc', {
      trip_id: input.id,
      start_date: input.startDate ?? null,
      end_date: input.endDate ?? null,
      version: input.version ?? null,
      actor: ctx.actor,
      car_id: input.carId ?? null,
      extras: input.extras ?? null,
      driver_id: input.driverId ?? null,
      drop_driver: input.driverId === null,
      reprice: input.reprice,
      idempotency_key: input.idempotencyKey ?? null,
      dry_run: input.dryRun,
      alternatives: input.alternatives,
    }),
  )
