// Calls that get no answer: aborted, too slow, or with nothing of FleetFlow at the other end.
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createFleetflowClient, type FleetflowClient, reasonOf } from '@fleetflow/client'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import { freePeriod } from './periods.ts'

let app: TestApp
let token: string
let carIds: string[]
const closers: (() => Promise<unknown>)[] = []

const car = (n: number) => carIds[n] ?? ''

beforeAll(async () => {
  app = await openTestApp({ settings: { LOCK_TIMEOUT_MS: '60000', STATEMENT_TIMEOUT_MS: '60000' } })
  token = await app.token('renter@demo.fleetflow.dev')
  const { items } = await open().cars.list.query({ limit: 100 })
  carIds = items.map(({ id }) => id)
})

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()))
})

function open(options: { timeoutMs?: number; url?: string } = {}): FleetflowClient {
  return createFleetflowClient({ url: app.url, token, ...options })
}

async function reason(work: Promise<unknown>) {
  return work.then(
    () => expect.fail('the call should have failed'),
    (error: unknown) => reasonOf<'trips.create'>(error),
  )
}

/** Keeps a car locked, so that a booking of it waits; release as often as you like. */
async function lockCar(id: string): Promise<() => Promise<void>> {
  const connection = await app.database.sys.reserve()
  await connection`begin`
  await connection`select from cars where id = ${id} for no key update`
  let held = true
  const release = async () => {
    if (!held) return
    held = false
    await connection`rollback`
    connection.release()
  }
  closers.push(release)
  return release
}

const bookings = async (carId: string) => {
  const rows = await app.database.admin`select from trips where car_id = ${carId} and trip_start_date > now() + interval '200 days'`
  return rows.length
}

/** Waits until a booking stands in the queue for a lock. */
const queued = () =>
  expect
    .poll(async () => {
      const rows = await app.database.admin`
        select from pg_stat_activity where datname = ${app.database.name} and application_name = 'fleetflow' and wait_event_type = 'Lock'`
      return rows.length
    })
    .toBeGreaterThan(0)

/** Something else than FleetFlow. */
async function stranger(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('abort', () => {
  test('a signal ends its call at once and leaves the other calls of the batch alone (ABORTED)', async () => {
    const release = await lockCar(car(0))
    const controller = new AbortController()
    const client = open()
    const aborted = reason(client.trips.create.mutate({ carId: car(0), ...freePeriod(1) }, { signal: controller.signal }))
    const other = client.trips.create.mutate({ carId: car(1), ...freePeriod(1) })
    await queued()
    controller.abort()
    expect(await aborted).toMatchObject({ code: 'ABORTED', source: 'client', retryable: false, outcomeUnknown: true })
    await release()
    await expect(other).resolves.toMatchObject({ carId: car(1), status: 'confirmed' })
  })

  test('a signal that is aborted already sends nothing (ABORTED)', async () => {
    let requests = 0
    const client = createFleetflowClient({
      url: app.url,
      token: () => {
        requests += 1
        return token
      },
    })
    expect(await reason(client.me.get.query({}, { signal: AbortSignal.abort() }))).toMatchObject({ code: 'ABORTED' })
    await client.me.get.query()
    expect(requests).toBe(1)
  })
})

describe('time', () => {
  test('no answer within timeoutMs ends the call (TIMEOUT), and its outcome is unknown: here it was booked', async () => {
    const release = await lockCar(car(3))
    const before = await bookings(car(3))
    const client = open({ timeoutMs: 300 })
    const call = reason(client.trips.create.mutate({ carId: car(3), ...freePeriod(3) }))
    await queued()
    expect(await call).toMatchObject({ code: 'TIMEOUT', source: 'client', retryable: true, outcomeUnknown: true })
    await release()
    await expect.poll(() => bookings(car(3))).toBe(before + 1)
  })

  test("a signal of AbortSignal.timeout is told as TIMEOUT, too: that call's own deadline", async () => {
    await lockCar(car(4))
    const call = reason(open().trips.create.mutate({ carId: car(4), ...freePeriod(4) }, { signal: AbortSignal.timeout(200) }))
    expect(await call).toMatchObject({ code: 'TIMEOUT', source: 'client' })
  })

  test('the time of a token counts, too (TIMEOUT)', async () => {
    const client = createFleetflowClient({ url: app.url, timeoutMs: 100, token: () => new Promise(() => {}) })
    expect(await reason(client.me.get.query())).toMatchObject({ code: 'TIMEOUT' })
  })

  test('a timeoutMs that no timer can keep is refused at once', () => {
    for (const timeoutMs of [0, -1, Number.NaN, 2 ** 31]) {
      expect(() => createFleetflowClient({ url: app.url, timeoutMs })).toThrow(RangeError)
    }
    expect(() => createFleetflowClient({ url: app.url, timeoutMs: Number.POSITIVE_INFINITY })).not.toThrow()
  })

  test('a waiting call does not keep its timer after the answer', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    const client = open({ timeoutMs: 1_000_000 })
    await client.me.get.query()
    const before = timers()
    for (let n = 0; n < 5; n += 1) await client.me.get.query()
    expect(timers()).toBeLessThanOrEqual(before)
  })
})

describe('no answer of FleetFlow', () => {
  test('nobody listens (UNAVAILABLE), and the message says so', async () => {
    const url = await stranger(() => {})
    await Promise.all(closers.splice(0).map((close) => close()))
    const failed = await reason(open({ url }).me.get.query())
    expect(failed).toMatchObject({ code: 'UNAVAILABLE', source: 'client', retryable: true, outcomeUnknown: true })
    expect(failed.message).toContain('ECONNREFUSED')
  })

  test('a connection that breaks in the middle of an answer (UNAVAILABLE)', async () => {
    const url = await stranger((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 })
      response.write('[{"result":', () => response.destroy())
    })
    expect(await reason(open({ url }).me.get.query())).toMatchObject({ code: 'UNAVAILABLE', retryable: true, outcomeUnknown: true })
  })

  test.each([
    [502, '<html>Bad gateway</html>', true],
    [404, '{"message":"no such page"}', false],
    [200, 'null', false],
    [200, '[1,2]', false],
    [403, '{"error":"forbidden"}', false],
  ])('HTTP %i with %s is not taken for an answer (UNAVAILABLE)', async (status, body, retryable) => {
    const url = await stranger((_request, response) => response.writeHead(status).end(body))
    expect(await reason(open({ url }).me.get.query())).toMatchObject({
      code: 'UNAVAILABLE',
      source: 'client',
      httpStatus: status,
      retryable,
    })
  })
})
