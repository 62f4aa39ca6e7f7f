// Money is an integer of minor units (cents, yen, fils) that JavaScript can hold exactly, beside its currency.
import { z } from 'zod'

export const amount = z
  .int()
  .min(Number.MIN_SAFE_INTEGER)
  .max(Number.MAX_SAFE_INTEGER)
  .describe('Minor units of the currency: 1250 is 12.50 EUR.')

export const currency = z.string().length(3).describe('ISO 4217 code.').meta({ example: 'EUR' })

/** A version that the caller has read; PostgreSQL keeps it as an integer. */
export const version = z.int().min(1).max(2_147_483_647)
