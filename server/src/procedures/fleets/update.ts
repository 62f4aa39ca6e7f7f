// fleets.update: changes what a fleet is called, who sees it and its time zone.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { fleet, fleetName, fleetRef, slug, timeZone, visibility } from '../shared/fleet.ts'
import { retrySafe } from '../shared/mutation.ts'

const input = z.strictObject({
  fleet: fleetRef,
  slug: slug.optional(),
  name: fleetName.optional(),
  timeZone: timeZone.optional(),
  visibility: visibility.optional(),
  ...retrySafe,
})

export const update = signedInProcedure
  .input(input)
  .output(answer(fleet))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'update_fleet_rpc', {
      fleet: input.fleet,
      slug: input.slug ?? null,
      name: input.name ?? null,
      time_zone: input.timeZone ?? null,
      visibility: input.visibility ?? null,
      actor: ctx.actor,
      idempotency_key: input.idempotencyKey ?? null,
    }),
  )
