// The examples of docs/pricing.md give the lines and totals that the page says.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { openSuperuser } from '../support/superuser.ts'

interface Example {
  from: string
  to: string
  booked: string
  extras?: unknown[]
  kept?: unknown
  lines: [string, string, number, number, number][]
  total: number
}

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'pricing.md'), 'utf8')
const blocks = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = '']) => JSON.parse(text) as Record<string, unknown>)
const tariff = blocks.find((block) => 'dayRate' in block)
const examples = blocks.filter((block) => 'from' in block) as unknown as Example[]

describe('docs/pricing.md', async () => {
  const db = await openTestDatabase()
  const sql = openSuperuser(db)

  test('has a tariff and examples', () => {
    expect(tariff).toBeDefined()
    expect(examples.length).toBeGreaterThanOrEqual(6)
  })

  test.each(examples)('from $from to $to costs $total', async ({ from, to, booked, extras = [], kept = null, lines, total }) => {
    const [row] = await sql<{ price: { total: number; lines: Record<string, unknown>[] } }[]>`
      select private.price_rental(${JSON.stringify(tariff)}::text::jsonb, 'Europe/Lisbon', ${from}::timestamp at time zone 'Europe/Lisbon',
        ${to}::timestamp at time zone 'Europe/Lisbon', ${JSON.stringify(extras)}::text::jsonb, ${booked}::timestamp at time zone 'Europe/Lisbon',
        ${JSON.stringify(kept)}::text::jsonb) as price`
    expect(row?.price.lines.map((l) => [l.kind, l.description, l.quantity, l.unitAmount, l.amount])).toEqual(lines)
    expect(row?.price.total).toBe(total)
    expect(lines.reduce((sum, [, , , , amount]) => sum + amount, 0)).toBe(total)
  })
})
