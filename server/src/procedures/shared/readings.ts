// What people read off a car when they hand it over and take it back.
import { z } from 'zod'

export const odometer = z
  .int()
  .min(0)
  .max(10_000_000)
  .describe("In the unit of the car's rate plan; never below the last reading (ODOMETER_LOW).")

export const fuel = z.int().min(0).max(100).describe('Percent of a full tank or battery.')
