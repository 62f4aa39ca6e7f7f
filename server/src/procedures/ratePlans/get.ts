// ratePlans.get: one version of a rate plan.
import { call } from '@fleetflow/db'
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { ratePlanWithVersions } from '../shared/tariff.ts'
import { id } from '../shared/text.ts'

export const get = signedInProcedure
  .input(z.strictObject({ id }))
  .output(answer(ratePlanWithVersions))
  .query(({ ctx, input }) => call(ctx.database, 'get_rate_plan_rpc', { rate_plan_id: input.id, actor: ctx.actor }))
