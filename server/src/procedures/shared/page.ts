// Keyset pages: what every list takes and answers.
import { type ZodType, z } from 'zod'
import { text } from './text.ts'

export const pageInput = {
  limit: z.int().min(1).max(100).default(20).describe('The most items of one page.'),
  cursor: text(1000).optional().describe('`nextCursor` of the page before.'),
}

/** A page of items; `nextCursor` is null on the last one. */
export function pageOf<T>(item: ZodType<T, T>) {
  return z.strictObject({
    items: z.array(item),
    nextCursor: z.string().nullable().describe('Pass it as `cursor` for the next page; null at the end.'),
  })
}
