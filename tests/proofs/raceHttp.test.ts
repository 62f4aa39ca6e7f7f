// The race for contested slots once more, through HTTP: half of the callers over REST, half over tRPC.
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { makeFleet } from '../support/fixtures.ts'
import { type Bid, contestedSlots, outcomeOf, race } from '../support/race.ts'
import { countedDeadlocks, deadlocksIn, watchLog } from '../support/serverLog.ts'

const connections = 32
const contenders = 8

/** What an answer says: `booked`, or its status and code. */
async function wordOf(response: Response, success: number): Promise<string> {
  const body = (await response.json()) as { code?: string; error?: { data: { code: string } } }
  return response.status === success ? 'booked' : `${response.status} ${body.error?.data.code ?? body.code}`
}

describe('32 callers of the API on 300 contested slots', async () => {
  const app = await openTestApp({
    demo: false,
    settings: {
      DATABASE_POOL_SIZE: String(connections),
      LOCK_TIMEOUT_MS: '60000',
      STATEMENT_TIMEOUT_MS: '60000',
      RATE_LIMIT_MAX: '100000',
    },
  })
  const db = app.database
  const { carIds } = await makeFleet(db.sys, { cars: 2 })
  const tokens = await Promise.all(Array.from({ length: connections }, (_, i) => app.token(`racer${i}@example.com`)))
  const slots = contestedSlots(carIds, 300, contenders)

  const post = (path: string, token: string, body: unknown) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    return fetch(`${app.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  }
  const book = async ({ carId, start, end }: Bid, lane: number) => {
    const trip = { carId, startDate: start, endDate: end }
    const token = tokens[lane] ?? ''
    // Within one process bookings of a car are answered in the order in which they come: that order is chance.
    await delay(Math.random() * 3)
    if (lane % 2 === 0) return wordOf(await post('/api/trips', token, trip), 201)
    return wordOf(await post('/trpc/trips.create', token, trip), 200)
  }

  test('get exactly one trip a slot; every other answer is 409 TRIP_OVERLAP; nothing deadlocks', async () => {
    const logged = watchLog(db)
    expect(await race(slots, connections, book)).toEqual({ booked: 300, '409 TRIP_OVERLAP': 300 * (contenders - 1) })
    expect(await outcomeOf(db.sys, 'trips', slots)).toEqual({ stored: 300, filled: 300, overlaps: 0 })
    expect(deadlocksIn(logged())).toEqual([])
    await app.close()
    expect(await countedDeadlocks(db, 1)).toBe(0)
    const [row] = await db.sys`select count(distinct booked_by_id)::integer as winners from trips`
    expect(row?.winners).toBeGreaterThan(4)
  })
})
