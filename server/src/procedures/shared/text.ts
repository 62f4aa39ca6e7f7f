// Text that PostgreSQL can store: bounded, without NUL and without halves of surrogate pairs.
import { z } from 'zod'
import { mistake } from '../../trpc/inputReasons.ts'

function isStorable(value: string): boolean {
  return value.isWellFormed() && !value.includes('\0')
}

/** Text of `min` to `max` UTF-16 units. */
export function text(max: number, min = 1) {
  return z.string().min(min).max(max).refine(isStorable, mistake('MALFORMED_TEXT'))
}

export const id = z.uuid()
