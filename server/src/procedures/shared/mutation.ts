// What mutations take beside their own input: a key that makes a retry safe, and the wish to see without doing.
import { z } from 'zod'
import { text } from './text.ts'

export const retrySafe = {
  idempotencyKey: text(255).optional().describe('The same key and input answer the same, however often they are sent; kept 7 days.'),
}

/** What bookings take that may be refused because the car is taken. */
export const offers = {
  alternatives: z.int().min(0).max(5).default(0).describe('How many free cars with their prices a refusal should name, nearest first.'),
}

export const rehearsal = {
  dryRun: z.boolean().default(false).describe('Runs everything, answers what would be, and undoes it.'),
}
