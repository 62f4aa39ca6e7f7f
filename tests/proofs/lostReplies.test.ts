// A lost reply is never a failure: callers whose connections are cut send again with the same key, and everything happens once.
import { describe, expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { makeFleet } from '../support/fixtures.ts'
import { fates, openFlakyProxy } from '../support/flakyProxy.ts'
import { sequence } from '../support/random.ts'
import { storm, type Told } from '../support/storm.ts'

const senders = 4
const keys = 96

describe('4 senders of each key on a line that is cut half of the time', async () => {
  const app = await openTestApp({
    demo: false,
    settings: { DATABASE_POOL_SIZE: '16', LOCK_TIMEOUT_MS: '60000', STATEMENT_TIMEOUT_MS: '60000' },
  })
  const fleet = await makeFleet(app.database.sys, { cars: 4 })
  const headers = { authorization: `Bearer ${await app.token('renter@example.com')}`, 'content-type': 'application/json' }
  const dice = sequence(3)
  const proxy = await openFlakyProxy(app.url, () => (dice(2) === 0 ? 'passes' : (fates[1 + dice(3)] ?? 'passes')))
  let unanswered = 0

  /** Sends until somebody answers: half of the senders over REST, half over tRPC. */
  async function insist(path: string, more: Record<string, string>, body: unknown): Promise<Response> {
    for (;;) {
      try {
        const response = await fetch(`${proxy.url}${path}`, {
          method: 'POST',
          headers: { ...headers, ...more },
          body: JSON.stringify(body),
        })
        const text = await response.text()
        return new Response(text, response)
      } catch {
        unanswered += 1
      }
    }
  }

  const send = async (key: number, sender: number): Promise<Told> => {
    const start = Date.UTC(2031, 0, 1 + key)
    const trip = {
      carId: fleet.carIds[key % fleet.carIds.length],
      startDate: new Date(start).toISOString(),
      endDate: new Date(start + 3_600_000).toISOString(),
    }
    if (sender % 2 === 0) {
      const response = await insist('/api/trips', { 'idempotency-key': `key ${key}` }, trip)
      return { word: String(response.status), told: JSON.stringify(await response.json()) }
    }
    const response = await insist('/trpc/trips.create', {}, { ...trip, idempotencyKey: `key ${key}` })
    const { result } = (await response.json()) as { result: { data: unknown } }
    return { word: String(response.status), told: JSON.stringify(result.data) }
  }

  test('everybody is told the same booking, and there is one for each key', async () => {
    const { words, split } = await storm(keys, senders, send)
    expect(words).toEqual({ 201: (keys * senders) / 2, 200: (keys * senders) / 2 })
    expect(split).toBe(0)
    expect((await app.database.sys`select from trips`).length).toBe(keys)
    expect(unanswered).toBeGreaterThan(keys)
    for (const fate of fates) expect(proxy.met[fate]).toBeGreaterThan(10)
  })
})
