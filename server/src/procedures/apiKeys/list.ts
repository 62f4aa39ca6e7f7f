// apiKeys.list: a fleet's API keys and when they were used last.
import { call } from '@fleetflow/db'
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { apiKey } from '../shared/apiKey.ts'
import { fleetRef } from '../shared/fleet.ts'
import { pageInput, pageOf } from '../shared/page.ts'

export const list = signedInProcedure
  .input(z.strictObject({ fleet: fleetRef, ...pageInput }))
  .output(answer(pageOf(apiKey)))
  .query(({ ctx, input }) =>
    call(ctx.database, 'list_api_keys_rpc', {
      fleet: input.fleet,
      actor: ctx.actor,
      page_limit: input.limit,
      page_cursor: input.cursor ?? null,
    }),
  )
