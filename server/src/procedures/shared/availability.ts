// Where and when: places of searches, free windows and starts as procedures answer them.
import { z } from 'zod'
import { id } from './text.ts'
import { instant } from './timestamp.ts'

/** Decimal degrees as whole microdegrees, which is how places are stored. */
export const microdegrees = (degrees: number | undefined): number | null => (degrees === undefined ? null : Math.round(degrees * 1e6))

export const nextStarts = {
  nextFree: instant.nullable().describe('The first start at which it fits; null if none is found within two years.'),
  nextStarts: z.array(instant).describe('The first start of each of the next stretches of time in which it could begin.'),
}

export const freeWindows = z
  .strictObject({
    carId: id,
    windows: z.array(z.strictObject({ startDate: instant, endDate: instant })).describe('A trip fits where it lies in one window.'),
  })
  .meta({ id: 'FreeWindows' })
