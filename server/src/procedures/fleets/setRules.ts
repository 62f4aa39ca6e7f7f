// fleets.setRules: changes the rules of a fleet for bookings to come.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { version } from '../shared/money.ts'
import { retrySafe } from '../shared/mutation.ts'
import { fleetRules, ruleChanges } from '../shared/rules.ts'
import { text } from '../shared/text.ts'

const input = z.strictObject({
  fleet: text(100).describe('Id or slug.'),
  ...ruleChanges,
  version: version.optional().describe('The version you have read; another one answers VERSION_MISMATCH.'),
  ...retrySafe,
})

export const setRules = signedInProcedure
  .input(input)
  .output(answer(fleetRules))
  .mutation(({ ctx, input: { fleet, version, idempotencyKey, ...rules } }) =>
    perform(ctx, 'set_fleet_rules_rpc', {
      fleet,
      rules,
      actor: ctx.actor,
      version: version ?? null,
      idempotency_key: idempotencyKey ?? null,
    }),
  )
