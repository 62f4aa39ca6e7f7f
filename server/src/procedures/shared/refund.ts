// What a cancellation gives back and costs.
import { z } from 'zod'
import { amount, currency } from './money.ts'
import { instant } from './timestamp.ts'

export const cancelTerms = z
  .strictObject({
    refund: amount.describe('What comes back: send it as `expectedRefund`.'),
    fee: amount.describe('What stays charged.'),
    currency,
    policy: z.string().describe('flexible, moderate, strict, non_refundable or custom: what the fleet had when the trip was booked.'),
    tier: z
      .strictObject({ beforeMinutes: z.int(), refundPpm: z.int() })
      .nullable()
      .describe('The tier of the policy that counts now; null where none does, or where everything comes back whatever the policy says.'),
    nextEdge: instant.nullable().describe('Until then (inclusive) this holds; null where it does not change any more.'),
  })
  .meta({ id: 'CancelTerms' })
