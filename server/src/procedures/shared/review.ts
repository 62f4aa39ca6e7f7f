// A review as every procedure answers it.
import { z } from 'zod'
import { id } from './text.ts'
import { instant } from './timestamp.ts'

export const rating = z.int().min(1).max(5)

export const review = z
  .strictObject({
    id,
    tripId: id,
    carId: id,
    rating,
    comment: z.string().nullable(),
    author: z.string().describe('The display name of its renter.'),
    createdAt: instant,
  })
  .meta({ id: 'Review' })
