// Prices: the extras somebody chooses, the lines a price is made of, and the quote that promises it.
import { z } from 'zod'
import { amount, currency, version } from './money.ts'
import { id, text } from './text.ts'
import { instant } from './timestamp.ts'

const quantity = z.int().min(1).max(100)

/** Extras in an input; the plan of the car says which codes there are. */
export const extras = z
  .array(z.strictObject({ code: text(40), quantity: quantity.default(1) }))
  .max(50)
  .describe('What is rented beside the car, by the codes of its rate plan.')

export const priceLine = z
  .strictObject({
    kind: z.string().describe('day, hour, best_price, minimum, extra, fee, discount or tax.'),
    description: z.string(),
    quantity: z.int().describe('0 for a tax that the price contains: `unitAmount` is then the tax.'),
    unitAmount: amount,
    amount: amount.describe('`quantity` times `unitAmount`.'),
  })
  .meta({ id: 'PriceLine' })

const extraOffer = z.strictObject({ code: z.string(), name: z.string(), per: z.enum(['trip', 'day']), amount })

export const quote = z
  .strictObject({
    id: id.nullable().describe('Pass it as `quoteId`; null for a preview.'),
    carId: id,
    userId: id.describe('The renter, the only one for whom it is good.'),
    startDate: instant,
    endDate: instant,
    extras: z.array(z.strictObject({ code: z.string(), quantity })),
    totalCost: amount.describe('The sum of the lines.'),
    currency,
    lines: z.array(priceLine),
    ratePlanId: id,
    ratePlanVersion: version,
    offeredExtras: z.array(extraOffer).describe('What else could be chosen.'),
    expiresAt: instant.nullable(),
    createdAt: instant,
  })
  .meta({ id: 'Quote' })
