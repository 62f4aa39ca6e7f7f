// fleets.create: opens a fleet of which the caller is the owner.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { fleet, fleetName, slug, timeZone, visibility } from '../shared/fleet.ts'
import { currency } from '../shared/money.ts'
import { retrySafe } from '../shared/mutation.ts'

const input = z.strictObject({
  slug,
  name: fleetName,
  currency: currency.regex(/^[A-Z]{3}$/, 'An ISO 4217 code').describe('ISO 4217 code, for good: all prices of the fleet are in it.'),
  timeZone,
  visibility: visibility.default('public'),
  ...retrySafe,
})

export const create = signedInProcedure
  .input(input)
  .output(answer(fleet))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'create_fleet_rpc', {
      slug: input.slug,
      name: input.name,
      currency: input.currency,
      time_zone: input.timeZone,
      visibility: input.visibility,
      actor: ctx.actor,
      idempotency_key: input.idempotencyKey ?? null,
    }),
  )
