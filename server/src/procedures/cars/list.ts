// cars.list: the cars that the caller may see.
import { call } from '@fleetflow/db'
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { car } from '../shared/car.ts'
import { pageInput, pageOf } from '../shared/page.ts'
import { text } from '../shared/text.ts'

const input = z
  .strictObject({
    fleet: text(100).optional().describe('Id or slug of a fleet.'),
    carClass: text(100).optional().describe('Slug of a car class.'),
    ...pageInput,
  })
  .prefault({})

export const list = signedInProcedure
  .input(input)
  .output(answer(pageOf(car)))
  .query(({ ctx, input }) =>
    call(ctx.database, 'list_cars_rpc', {
      actor: ctx.actor,
      fleet: input.fleet ?? null,
      car_class: input.carClass ?? null,
      page_limit: input.limit,
      page_cursor: input.cursor ?? null,
    }),
  )
