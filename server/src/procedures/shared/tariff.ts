// A tariff: what a rate plan holds. Amounts are minor units, factors and shares parts per million (1000000 is the whole).
import { z } from 'zod'
import { currency, version } from './money.ts'
import { id, text } from './text.ts'
import { instant } from './timestamp.ts'

const money = z.int().min(0).max(1_000_000_000_000).describe('Minor units.')
const name = text(80).regex(/^[^\n]+$/, 'One line')
const factor = z.int().min(0).max(10_000_000).describe('Parts per million: 1200000 is 20 % more.')
const share = z.int().min(0).max(1_000_000).describe('Parts per million: 100000 is 10 %.')
const date = z.iso.date().refine((value) => /^[1-9]/.test(value), 'A year from 1900 on')

const season = z
  .strictObject({ name, from: date, to: date.describe('The last day.'), dayRate: money.optional(), ppm: factor.optional() })
  .describe('Its own day rate, or a factor on the usual one. Seasons of a plan do not overlap.')
const extra = z.strictObject({ code: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/), name, per: z.enum(['trip', 'day']), amount: money })
const fee = z.strictObject({ name, amount: money.optional(), ppm: share.optional() })
const discount = z.strictObject({
  name,
  ppm: share,
  leadDays: z.int().min(0).max(366).optional().describe('Booked at least so many days before the start.'),
})
const tax = z.strictObject({ name, ppm: share, inclusive: z.boolean().describe('Whether the prices contain it already.') })
const perUnit = z.int().min(0).max(1_000_000_000)

export const tariff = z.strictObject({
  dayRate: money,
  hourRate: money,
  minimumCharge: money,
  weekdays: z.array(factor).length(7).optional().describe('Factors on the day rate, Monday first.'),
  tiers: z
    .array(z.strictObject({ days: z.int().min(2).max(366), ppm: share }))
    .max(20)
    .optional()
    .describe('From so many days on, a factor on every day; longer ones are never dearer.'),
  seasons: z.array(season).max(100).default([]),
  extras: z.array(extra).max(50).optional(),
  fees: z.array(fee).max(20).optional().describe('A fixed amount, or a share of everything above it.'),
  discounts: z.array(discount).max(20).optional(),
  taxes: z.array(tax).max(10).optional(),
  distance: z
    .strictObject({ unit: z.enum(['km', 'mi']), includedPerDay: z.int().min(0).max(100_000), perUnit })
    .optional()
    .describe('What a begun day includes, and what each unit above costs at the return.'),
  fuel: z.strictObject({ perPercent: perUnit }).optional().describe('What each percent that is missing at the return costs.'),
})

export const ratePlan = z
  .strictObject({
    id,
    fleetId: id,
    name: z.string(),
    version,
    newest: z.boolean().describe('Whether there is no later version of this name.'),
    currency,
    tariff,
    assignedTo: z.strictObject({
      fleet: z.boolean().describe('Whether it prices whatever has no plan of its own.'),
      carClasses: z.array(z.string()).describe('Slugs.'),
      cars: z.int().min(0).describe('How many cars have it as their own.'),
    }),
    createdAt: instant,
  })
  .meta({ id: 'RatePlan' })

export const ratePlanWithVersions = ratePlan
  .extend({ versions: z.array(z.strictObject({ id, version, createdAt: instant })).describe('All versions of this name, newest first.') })
  .meta({ id: 'RatePlanWithVersions' })

export const planName = name.describe('A name that the fleet has gets its next version.')
