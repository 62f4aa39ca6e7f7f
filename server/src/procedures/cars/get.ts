// cars.get: one car.
import { call } from '@fleetflow/db'
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { car } from '../shared/car.ts'
import { id } from '../shared/text.ts'

export const get = signedInProcedure
  .input(z.strictObject({ id }))
  .output(answer(car))
  .query(({ ctx, input }) => call(ctx.database, 'get_car_rpc', { car_id: input.id, actor: ctx.actor }))
