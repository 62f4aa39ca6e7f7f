// carClasses.list: the classes of a fleet.
import { call } from '@fleetflow/db'
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { carClass } from '../shared/carClass.ts'
import { pageInput, pageOf } from '../shared/page.ts'
import { text } from '../shared/text.ts'

export const list = signedInProcedure
  .input(z.strictObject({ fleet: text(100).describe('Id or slug.'), ...pageInput }))
  .output(answer(pageOf(carClass)))
  .query(({ ctx, input }) =>
    call(ctx.database, 'list_car_classes_rpc', {
      fleet: input.fleet,
      actor: ctx.actor,
      page_limit: input.limit,
      page_cursor: input.cursor ?? null,
    }),
  )
