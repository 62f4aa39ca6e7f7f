// The examples of docs/changes.md, sent in their order to a running API, answer what the page says.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'changes.md'), 'utf8')
const examples = [...page.matchAll(/```http\n(\w+) (\S+(?: \d\})?)\n([\s\S]*?)```\n\n```json\n([\s\S]*?)```/g)].map(
  ([, method = '', path = '', body = '', answer = '']) => ({ method, path, body, answer }),
)

describe('docs/changes.md', async () => {
  const app = await openTestApp()
  const token = await app.token('manager@demo.fleetflow.dev')
  const names: Record<string, string> = {}
  const named = (text: string) => text.replace(/\{(trip|other|van \d)\}/g, (_, name: string) => names[name] ?? name)

  async function ask(method: string, path: string, body: string): Promise<unknown> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    return (await fetch(`${app.url}${named(path)}`, { method, headers, body: named(body) })).json()
  }

  beforeAll(async () => {
    const { sys } = app.database
    const cars = await sys<{ id: string }[]>`
      select c.id from cars as c join fleets as f on f.id = c.fleet_id
       where f.slug = 'demo' and c.car_class_id = (
         select x.car_class_id from cars as x where x.fleet_id = f.id group by x.car_class_id having count(*) >= 3 order by 1 limit 1)
       order by c.id`
    await sys`update cars set retired_at = now() where id = any (${cars.slice(3).map((car) => car.id)}::uuid[])`
    for (const [i, car] of cars.slice(0, 3).entries()) names[`van ${i + 1}`] = car.id
    const book = async (carId: string | undefined, startDate: string, endDate: string) =>
      ((await ask('POST', '/api/trips', JSON.stringify({ carId, startDate, endDate }))) as { id: string }).id
    names.trip = await book(names['van 1'], '2031-06-02T10:00:00Z', '2031-06-04T10:00:00Z')
    names.other = await book(names['van 1'], '2031-06-20T10:00:00Z', '2031-06-22T10:00:00Z')
  })

  test('has an example of every operation', () => {
    expect(examples.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'PATCH /api/trips/{trip}',
      'PATCH /api/trips/{trip}',
      'POST /api/trips/swap',
      'POST /api/blocks',
      'POST /api/blocks',
      'POST /api/blocks',
    ])
  })

  test.each(examples)('$method $path answers $answer', async ({ method, path, body, answer }) => {
    expect(await ask(method, path, body)).toMatchObject(JSON.parse(named(answer)))
  })
})
