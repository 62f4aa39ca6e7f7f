// invitations.list: a fleet's invitations and what became of them.
import { call } from '@fleetflow/db'
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { fleetRef } from '../shared/fleet.ts'
import { invitation } from '../shared/invitation.ts'
import { pageInput, pageOf } from '../shared/page.ts'

export const list = signedInProcedure
  .input(z.strictObject({ fleet: fleetRef, ...pageInput }))
  .output(answer(pageOf(invitation)))
  .query(({ ctx, input }) =>
    call(ctx.database, 'list_invitations_rpc', {
      fleet: input.fleet,
      actor: ctx.actor,
      page_limit: input.limit,
      page_cursor: input.cursor ?? null,
    }),
  )
