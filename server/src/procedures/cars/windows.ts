// cars.windows: when one car, or each car of a fleet, is free within a period.
import { call } from '@fleetflow/db'
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { freeWindows } from '../shared/availability.ts'
import { pageInput, pageOf } from '../shared/page.ts'
import { id, text } from '../shared/text.ts'
import { timestamp } from '../shared/timestamp.ts'

const input = z.strictObject({
  startDate: timestamp,
  endDate: timestamp.describe('At most 366 days later for one car, 62 for a fleet.'),
  carId: id.optional().describe('One car; else give `fleet`.'),
  fleet: text(100).optional().describe('Id or slug of a fleet: all its cars, page by page.'),
  carClass: text(100).optional().describe('Slug of one of its classes.'),
  minMinutes: z.int().min(1).max(527_040).default(1).describe('Shorter windows are left out.'),
  hours: z.boolean().default(true).describe('false: the opening hours of the fleet do not count, only what blocks a car.'),
  ...pageInput,
  limit: z.int().min(1).max(1000).default(100).describe('The most cars of one page.'),
})

export const windows = signedInProcedure
  .input(input)
  .output(answer(pageOf(freeWindows)))
  .query(({ ctx, input }) =>
    call(ctx.database, 'list_windows_rpc', {
      start_date: input.startDate,
      end_date: input.endDate,
      actor: ctx.actor,
      car_id: input.carId ?? null,
      fleet: input.fleet ?? null,
      car_class: input.carClass ?? null,
      min_minutes: input.minMinutes,
      hours: input.hours,
      page_limit: input.limit,
      page_cursor: input.cursor ?? null,
    }),
  )
