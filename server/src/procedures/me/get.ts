// me.get: who is signed in. Creates the user at first sight.
import { call } from '@fleetflow/db'
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { me } from '../shared/me.ts'

export const get = signedInProcedure
  .input(z.strictObject({}).prefault({}))
  .output(answer(me))
  .query(({ ctx }) => call(ctx.database, 'get_me_rpc', { actor: ctx.actor }))
