// The examples of docs/retries.md and docs/events.md are sent as they are written, and answered as they say.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { codes } from '@fleetflow/server'
import { describe, expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { firstCar, makeFleet } from '../support/fixtures.ts'
import { httpExamples } from '../support/httpExamples.ts'

const page = (name: string) => readFileSync(join(import.meta.dirname, '..', '..', 'docs', name), 'utf8')

describe('the pages', async () => {
  const app = await openTestApp({ demo: false })
  const fleet = await makeFleet(app.database.sys, { cars: 1 })
  const authorization = `Bearer ${await app.token('renter@example.com')}`

  test.each([
    ['retries.md', 4],
    ['events.md', 3],
  ])('docs/%s says what happens', async (name, count) => {
    const known: Record<string, string> = { carId: firstCar(fleet) }
    const filled = (text: string) => text.replaceAll(/\{(\w+)\}/g, (whole, member: string) => known[member] ?? whole)
    const examples = httpExamples(name)
    expect(examples).toHaveLength(count)
    for (const { method, path, headers, body, answer } of examples) {
      const sent = { authorization, ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
      const response = await fetch(`${app.url}${filled(path)}`, {
        method,
        headers: sent,
        ...(body === undefined ? {} : { body: filled(body) }),
      })
      const got = (await response.json()) as { id?: string }
      expect([method, path, response.status]).toEqual([method, path, answer.status])
      for (const [header, value] of Object.entries(answer.headers)) expect(response.headers.get(header)).toBe(value)
      if (!('Idempotency-Replayed' in answer.headers)) expect(response.headers.get('idempotency-replayed')).toBeNull()
      if (got.id !== undefined) known.tripId ??= got.id
      expect(got).toMatchObject(expected(JSON.parse(filled(answer.body))) as object)
    }
  })

  test('docs/events.md lists the columns of the log', async () => {
    const rows = await app.database.admin<{ name: string }[]>`
      select attname as name from pg_attribute where attrelid = 'event_log'::regclass and attnum > 0 and not attisdropped`
    const table = page('events.md').split('## The log')[1]?.split('## How')[0] ?? ''
    const listed = [...table.matchAll(/^\| (`\w+`(?:, `\w+`)*) +\|/gm)].flatMap(([, names = '']) => [...names.matchAll(/\w+/g)].map(String))
    expect(listed.toSorted()).toEqual(rows.map(({ name }) => name).toSorted())
  })

  test('docs/events.md lists a type for every status that a trip can come to', async () => {
    const rows = await app.database.sys<{ type: string }[]>`
      select distinct private.event_type('trip', '{"car_id": 1, "status": ""}', jsonb_build_object('car_id', 1, 'status', t.to_status)) as type
        from trip_transitions as t where t.from_status <> 'none'`
    expect(rows.length).toBeGreaterThan(5)
    for (const { type } of rows) expect(page('events.md')).toContain(`\`${type}\``)
  })

  test('docs/retries.md names only codes that exist', () => {
    const named = [...page('retries.md').matchAll(/\b[A-Z]+_[A-Z_]+\b/g)].map(([code]) => code)
    const reasonsOfBadInput = new Set(['TWO_KEYS', 'KEY_IN_HEADER'])
    expect(named.filter((code) => !(code in codes) && !reasonsOfBadInput.has(code))).toEqual([])
  })
})

/** `"<any>"` stands for whatever is there. */
function expected(value: unknown): unknown {
  if (value === '<any>') return expect.anything()
  if (Array.isArray(value)) return value.map(expected)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, expected(member)]))
}
