// What happens when more calls arrive than can be under way: refused at once, in both forms, while health answers and those inside finish.
import { connect as connectSocket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { makeFleet } from '../support/fixtures.ts'

const poll = { timeout: 30_000, interval: 5 }

describe('an API that may have 4 calls under way', async () => {
  const app = await openTestApp({
    demo: false,
    settings: { MAX_IN_FLIGHT: '4', DATABASE_POOL_SIZE: '4', LOCK_TIMEOUT_MS: '60000', STATEMENT_TIMEOUT_MS: '60000' },
  })
  const { sys } = app.database
  const fleet = await makeFleet(sys, { cars: 2 })
  const [hot = '', other = ''] = fleet.carIds
  const headers = { authorization: `Bearer ${await app.token('renter@example.com')}`, 'content-type': 'application/json' }
  let day = 0

  const metrics = async () => (await fetch(`${app.url}/metrics`)).text()
  const inFlight = async () => Number(/^fleetflow_calls_in_flight (\d+)$/m.exec(await metrics())?.[1])
  const refusals = async () => Number(/requests_refused_total\{code="OVERLOADED"\} (\d+)/.exec(await metrics())?.[1] ?? 0)
  const trip = (carId: string) => {
    day += 1
    return {
      carId,
      startDate: new Date(Date.UTC(2031, 0, day, 10)).toISOString(),
      endDate: new Date(Date.UTC(2031, 0, day, 12)).toISOString(),
    }
  }
  const post = (path: string, body: unknown, signal?: AbortSignal) =>
    fetch(`${app.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body), ...(signal ? { signal } : {}) })
  const book = (carId: string, signal?: AbortSignal) => post('/api/trips', trip(carId), signal)
  const hold = (carId: string) => post('/api/holds', trip(carId))

  /** Keeps the hot car's lock while `work` runs. */
  async function whileLocked(work: () => Promise<void>): Promise<void> {
    await sys.begin(async (held) => {
      await held`select 1 from cars where id = ${hot} for no key update`
      await work()
    })
  }
  const atRest = () => vi.waitFor(async () => expect(await inFlight()).toBe(0), poll)

  test('refuses the fifth at once, with Retry-After, over REST and tRPC (OVERLOADED); those inside finish; health answers', async () => {
    await book(hot)
    const before = await refusals()
    let inside: Promise<Response>[] = []
    await whileLocked(async () => {
      inside = Array.from({ length: 4 }, () => book(hot))
      await vi.waitFor(async () => expect(await inFlight()).toBe(4), poll)
      const rest = await book(other)
      expect([rest.status, rest.headers.get('retry-after')]).toEqual([503, '1'])
      expect(rest.headers.get('content-type')).toContain('application/problem+json')
      expect(await rest.json()).toMatchObject({ code: 'OVERLOADED', retryable: true, retryAfterMs: 1000 })
      const trpc = await post('/trpc/trips.create', trip(other))
      expect([trpc.status, trpc.headers.get('retry-after')]).toEqual([503, '1'])
      expect(await trpc.json()).toMatchObject({ error: { data: { code: 'OVERLOADED', retryable: true, httpStatus: 503 } } })
      // Before the token is looked at, and whatever the body is.
      expect((await fetch(`${app.url}/api/me`, { headers: { authorization: 'Bearer nonsense' } })).status).toBe(503)
      expect((await fetch(`${app.url}/api/trips`, { method: 'POST', body: 'no json' })).status).toBe(503)
      expect((await fetch(`${app.url}/health/live`)).status).toBe(200)
      expect((await fetch(`${app.url}/health/ready`)).status).toBe(200)
      expect(await refusals()).toBe(before + 4)
    })
    expect((await Promise.all(inside)).map(({ status }) => status)).toEqual([201, 201, 201, 201])
    await atRest()
    expect((await book(other)).status).toBe(201)
  })

  test('counts the calls of a batch, and refuses one that does not fit as a whole (OVERLOADED)', async () => {
    const gets = (calls: number) => `${app.url}/trpc/${Array.from({ length: calls }, () => 'me.get').join(',')}?batch=1`
    let inside: Promise<Response>[] = []
    await whileLocked(async () => {
      inside = [book(hot), post('/trpc/trips.create,trips.create?batch=1', { 0: trip(hot), 1: trip(hot) })]
      await vi.waitFor(async () => expect(await inFlight()).toBe(3), poll)
      expect((await fetch(gets(2), { headers })).status).toBe(503)
      expect((await fetch(gets(1), { headers })).status).toBe(200)
    })
    expect((await Promise.all(inside)).map(({ status }) => status)).toEqual([201, 200])
    await atRest()
    // One larger than the bound is let in when nothing else is there.
    expect((await fetch(gets(10), { headers })).status).toBe(200)
    await atRest()
  })

  test('keeps the place of a call whose caller has gone until the database is done with it', async () => {
    await whileLocked(async () => {
      const gone = new AbortController()
      const inside = Array.from({ length: 4 }, () => book(hot, gone.signal).catch(() => undefined))
      await vi.waitFor(async () => expect(await inFlight()).toBe(4), poll)
      const connected = await connectionsOf(app)
      gone.abort()
      await Promise.all(inside)
      await vi.waitFor(async () => expect(await connectionsOf(app)).toBeLessThanOrEqual(connected - 4), poll)
      expect(await inFlight()).toBe(4)
      expect((await book(other)).status).toBe(503)
    })
    await atRest()
  })

  test('keeps the places of a streamed batch until each of its calls is done', async () => {
    let answer: Response | undefined
    await whileLocked(async () => {
      const streamed = { ...headers, 'trpc-accept': 'application/jsonl' }
      const body = JSON.stringify({ 0: trip(hot), 1: trip(hot), 2: { nothing: 1 } })
      answer = await fetch(`${app.url}/trpc/trips.create,trips.create,trips.create?batch=1`, { method: 'POST', headers: streamed, body })
      expect(answer.status).toBe(200)
      await vi.waitFor(async () => expect(await inFlight()).toBe(2), poll)
    })
    await answer?.text()
    await atRest()
  })

  test('gives no place to bodies that never end', async () => {
    const sockets = Array.from({ length: 8 }, () => connectSocket(app.port, '127.0.0.1'))
    const head = `POST /api/trips HTTP/1.1\r\nHost: x\r\nAuthorization: ${headers.authorization}\r\nContent-Type: application/json\r\n`
    for (const socket of sockets) socket.write(`${head}Content-Length: 100\r\n\r\n{`)
    await vi.waitFor(async () => expect(await connectionsOf(app)).toBeGreaterThanOrEqual(8), poll)
    expect(await inFlight()).toBe(0)
    expect((await book(other)).status).toBe(201)
    for (const socket of sockets) socket.destroy()
  })

  test('lets holds and bookings of one locked car take half of the pool and no more: another car is booked meanwhile', async () => {
    // Who is seen for the first time waits for whoever makes a user of them.
    await book(other)
    let inside: Promise<Response>[] = []
    await whileLocked(async () => {
      inside = [book(hot), hold(hot), hold(hot)]
      await vi.waitFor(async () => expect(await inFlight()).toBe(3), poll)
      await vi.waitFor(async () => expect(await waitingForLocks()).toBe(2), poll)
      // The third has had the time to wait there, too.
      await delay(300)
      expect(await waitingForLocks()).toBe(2)
      expect((await book(other)).status).toBe(201)
      expect(await waitingForLocks()).toBe(2)
    })
    expect((await Promise.all(inside)).map(({ status }) => status)).toEqual([201, 201, 201])
    await atRest()
  })

  test('lets one booking of a locked car wait in the database, and whoever else wants it before that', async () => {
    await book(other)
    let inside: Promise<Response>[] = []
    await whileLocked(async () => {
      inside = Array.from({ length: 3 }, () => book(hot))
      await vi.waitFor(async () => expect(await inFlight()).toBe(3), poll)
      await vi.waitFor(async () => expect(await waitingForLocks()).toBe(1), poll)
      expect((await book(other)).status).toBe(201)
      expect(await waitingForLocks()).toBe(1)
    })
    expect((await Promise.all(inside)).map(({ status }) => status)).toEqual([201, 201, 201])
  })

  async function waitingForLocks(): Promise<number> {
    const [row] = await app.database.admin`
      select count(*)::integer as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    return Number(row?.waiting)
  }
})

const connectionsOf = ({ app }: { app: { server: { getConnections(done: (error: Error | null, count: number) => void): unknown } } }) =>
  new Promise<number>((resolve) => app.server.getConnections((_error, count) => resolve(count)))

describe('an API that may have 128 calls under way', async () => {
  const app = await openTestApp({
    demo: false,
    settings: { MAX_IN_FLIGHT: '128', LOCK_TIMEOUT_MS: '60000', STATEMENT_TIMEOUT_MS: '60000' },
  })
  const { sys } = app.database
  const fleet = await makeFleet(sys)
  const headersOf = async (email: string) => ({ authorization: `Bearer ${await app.token(email)}`, 'content-type': 'application/json' })
  const [many, other] = [await headersOf('many@example.com'), await headersOf('other@example.com')]

  test('gives one caller half of the places and no more (OVERLOADED), and others the rest', async () => {
    await fetch(`${app.url}/api/me`, { headers: many })
    let inside: Promise<Response>[] = []
    await sys.begin(async (held) => {
      await held`select 1 from cars where id = ${fleet.carIds[0] ?? ''} for no key update`
      inside = Array.from({ length: 64 }, (_, n) => {
        const startDate = new Date(Date.UTC(2031, 0, n + 1, 10)).toISOString()
        const endDate = new Date(Date.UTC(2031, 0, n + 1, 12)).toISOString()
        return fetch(`${app.url}/api/trips`, {
          method: 'POST',
          headers: many,
          body: JSON.stringify({ carId: fleet.carIds[0], startDate, endDate }),
        })
      })
      await vi.waitFor(
        async () => expect(await (await fetch(`${app.url}/metrics`)).text()).toContain('\nfleetflow_calls_in_flight 64\n'),
        poll,
      )
      expect((await fetch(`${app.url}/api/me`, { headers: many })).status).toBe(503)
      expect((await fetch(`${app.url}/api/me`, { headers: other })).status).toBe(200)
    })
    const answers = await Promise.all(inside)
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(64)
  })
})
