// members.list: a fleet's members.
import { call } from '@fleetflow/db'
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { fleetRef, member } from '../shared/fleet.ts'
import { pageInput, pageOf } from '../shared/page.ts'

export const list = signedInProcedure
  .input(z.strictObject({ fleet: fleetRef, ...pageInput }))
  .output(answer(pageOf(member)))
  .query(({ ctx, input }) =>
    call(ctx.database, 'list_members_rpc', {
      fleet: input.fleet,
      actor: ctx.actor,
      page_limit: input.limit,
      page_cursor: input.cursor ?? null,
    }),
  )
