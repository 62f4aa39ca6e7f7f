// ratePlans.list: a fleet's rate plans in their newest versions.
import { call } from '@fleetflow/db'
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { fleetRef } from '../shared/fleet.ts'
import { pageInput, pageOf } from '../shared/page.ts'
import { ratePlan } from '../shared/tariff.ts'

export const list = signedInProcedure
  .input(z.strictObject({ fleet: fleetRef, ...pageInput }))
  .output(answer(pageOf(ratePlan)))
  .query(({ ctx, input }) =>
    call(ctx.database, 'list_rate_plans_rpc', {
      fleet: input.fleet,
      actor: ctx.actor,
      page_limit: input.limit,
      page_cursor: input.cursor ?? null,
    }),
  )
