// me.export: everything that is held about the caller, as one document.
import { call } from '@fleetflow/db'
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { personExport } from '../shared/personExport.ts'

export const exportMe = signedInProcedure
  .input(z.strictObject({}).prefault({}))
  .output(answer(personExport))
  .query(({ ctx }) => call(ctx.database, 'export_me_rpc', { actor: ctx.actor }))
