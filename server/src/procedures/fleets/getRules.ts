// fleets.getRules: the rules that bind the renters of a fleet.
import { call } from '@fleetflow/db'
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { fleetRules } from '../shared/rules.ts'
import { text } from '../shared/text.ts'

export const getRules = signedInProcedure
  .input(z.strictObject({ fleet: text(100).describe('Id or slug.') }))
  .output(answer(fleetRules))
  .query(({ ctx, input }) => call(ctx.database, 'get_fleet_rules_rpc', { fleet: input.fleet, actor: ctx.actor }))
