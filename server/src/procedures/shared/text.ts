// Text that PostgreSQL can store: bounded, without NUL and without halves of surrogate pairs.
import { z } from 'zod'

function isStorable(value: string): boolean {
  return value.isWellFormed() && !value.includes('\0')
}

/** Text of `min` to `max` UTF-16 units. */
export function text(max: number, min = 1) {
  return z
    .string()
    .min(min)
    .max(max)
    .refine(isStorable, {
      error: 'Text may not hold NUL or unpaired surrogates',
      params: { reason: 'MALFORMED_TEXT' },
    })
}

export const id = z.uuid()
