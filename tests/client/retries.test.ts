// Calls over a line that breaks: every one is answered, and what it does is done once.
import { createFleetflowClient, type FleetflowClientOptions, reasonOf } from '@fleetflow/client'
import { adminOptions } from '@fleetflow/db/admin'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import { type Fate, fates, openFlakyProxy } from '../support/flakyProxy.ts'
import { sequence } from '../support/random.ts'
import { freePeriod } from './periods.ts'

let app: TestApp
let token: string
let carIds: string[]
let sys: postgres.Sql

beforeAll(async () => {
  app = await openTestApp({ settings: { LOCK_TIMEOUT_MS: '200' } })
  token = await app.token('renter@demo.fleetflow.dev')
  const { items } = await createFleetflowClient({ url: app.url, token }).cars.list.query({ limit: 100 })
  carIds = items.map(({ id }) => id)
  sys = postgres(app.database.adminUrl, { ...adminOptions('fleetflow-tests'), max: 3, connection: { role: 'fleetflow_sys' } })
  afterAll(() => sys.end())
})

const quick = { retries: 30, firstDelayMs: 1, longestDelayMs: 5 }
const car = (n: number) => carIds[n % carIds.length] ?? ''
/** One of the fates after the other. */
const inTurn = (...turns: Fate[]) => {
  let turn = 0
  return () => turns[turn++] ?? 'passes'
}

async function open(nextFate: () => Fate, options: Partial<FleetflowClientOptions> = {}) {
  const proxy = await openFlakyProxy(app.url, nextFate)
  return { proxy, client: createFleetflowClient({ url: proxy.url, token, retry: quick, ...options }) }
}

const reason = (work: Promise<unknown>) =>
  work.then(
    () => expect.fail('the call should have failed'),
    (error: unknown) => reasonOf<'trips.create'>(error),
  )

/** Bookings of the nth week, and keys that have been used for bookings. */
const booked = async (week: number) => (await sys`select from trips where trip_start_date = ${freePeriod(week).startDate}`).length
const keys = async () => (await sys`select from idempotency_keys where operation = 'trips.create'`).length

describe('a mutation', () => {
  test.each([
    ['request lost', 1],
    ['answer lost', 2],
    ['answer broken', 3],
  ] as const)('whose connection is cut (%s) is sent again with the same key and done once', async (fate, week) => {
    const { client, proxy } = await open(inTurn(fate, fate))
    const before = await keys()
    const trip = await client.trips.create.mutate({ carId: car(0), ...freePeriod(week) })
    expect(proxy.met).toMatchObject({ [fate]: 2, passes: 1 })
    expect([await booked(week), (await keys()) - before]).toEqual([1, 1])
    const [row] = await sys<
      { id: string; key: string }[]
    >`select outcome -> 'answer' ->> 'id' as id, key from idempotency_keys order by created_at desc limit 1`
    expect(row?.id).toBe(trip.id)
    expect(row?.key).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('that was refused is refused the same after a lost answer (TRIP_OVERLAP)', async () => {
    const { client, proxy } = await open(inTurn('passes', 'answer lost'))
    await client.trips.create.mutate({ carId: car(1), ...freePeriod(4) })
    expect(await reason(client.trips.create.mutate({ carId: car(1), ...freePeriod(4) }))).toMatchObject({
      code: 'TRIP_OVERLAP',
      source: 'server',
    })
    expect(proxy.met).toMatchObject({ 'answer lost': 1, passes: 2 })
  })

  test('is done once however the line breaks: 80 bookings at once and one after the other', async () => {
    const dice = sequence(5)
    const { client, proxy } = await open(() => (dice(2) === 0 ? 'passes' : (fates[1 + dice(3)] ?? 'passes')), { batch: false })
    const weeks = Array.from({ length: 20 }, (_, n) => 10 + n)
    for (const week of weeks) {
      const trips = await Promise.all([0, 1, 2, 3].map((n) => client.trips.create.mutate({ carId: car(n), ...freePeriod(week) })))
      expect(new Set(trips.map(({ id }) => id)).size).toBe(4)
      expect(await booked(week)).toBe(4)
    }
    for (const fate of fates) expect(proxy.met[fate]).toBeGreaterThan(3)
  })

  test('is sent again in a batch as well, the others of the batch too', async () => {
    const { client } = await open(inTurn('answer lost', 'request lost'))
    const trips = await Promise.all([0, 1, 2].map((n) => client.trips.create.mutate({ carId: car(n), ...freePeriod(31) })))
    expect(new Set(trips.map(({ id }) => id)).size).toBe(3)
    expect(await booked(31)).toBe(3)
  })

  test('keeps the key that its input names', async () => {
    const { client } = await open(inTurn('answer lost'))
    const input = { carId: car(0), ...freePeriod(32), idempotencyKey: 'of my own' }
    const trip = await client.trips.create.mutate(input)
    expect(await client.trips.create.mutate(input)).toEqual(trip)
    expect((await sys`select from idempotency_keys where key = 'of my own'`).length).toBe(1)
  })

  test('that failed for good tells the key with which it can be sent again: it was booked once (UNAVAILABLE)', async () => {
    const { client } = await open(inTurn('answer lost'), { retry: false })
    const failed = await reason(client.trips.create.mutate({ carId: car(0), ...freePeriod(33) }))
    expect(failed).toMatchObject({ code: 'UNAVAILABLE', source: 'client', outcomeUnknown: true })
    await expect.poll(() => booked(33)).toBe(1)
    const trip = await client.trips.create.mutate({ carId: car(0), ...freePeriod(33), idempotencyKey: failed.idempotencyKey ?? '' })
    expect(trip).toMatchObject({ carId: car(0) })
    expect(await booked(33)).toBe(1)
  })

  test('control: without keys it is not sent again, and the caller cannot know (UNAVAILABLE)', async () => {
    const { client, proxy } = await open(inTurn('answer lost', 'answer lost'), { idempotencyKeys: false })
    const failed = await reason(client.trips.create.mutate({ carId: car(0), ...freePeriod(34) }))
    expect(failed).toMatchObject({ code: 'UNAVAILABLE', outcomeUnknown: true })
    expect(failed).not.toHaveProperty('idempotencyKey')
    expect(proxy.met['answer lost']).toBe(1)
    await expect.poll(() => booked(34)).toBe(1)
  })
})

describe('trying again', () => {
  test('queries are sent again, too', async () => {
    const { client, proxy } = await open(inTurn('request lost', 'answer lost', 'answer broken'))
    expect(await client.cars.get.query({ id: car(0) })).toMatchObject({ id: car(0) })
    expect(proxy.met.passes).toBe(1)
  })

  test('ends after as many tries as were asked for (UNAVAILABLE)', async () => {
    const { client, proxy } = await open(() => 'request lost', { retry: { ...quick, retries: 2 } })
    expect(await reason(client.me.get.query())).toMatchObject({ code: 'UNAVAILABLE' })
    expect(proxy.met['request lost']).toBe(3)
  })

  test('ends when the call is aborted or its time is over (ABORTED, TIMEOUT)', async () => {
    const slow = { retries: 1000, firstDelayMs: 60_000, longestDelayMs: 60_000 }
    const { client, proxy } = await open(() => 'request lost', { retry: slow, timeoutMs: 300 })
    const controller = new AbortController()
    const aborted = reason(client.me.get.query({}, { signal: controller.signal }))
    await expect.poll(() => proxy.met['request lost']).toBe(1)
    controller.abort()
    expect(await aborted).toMatchObject({ code: 'ABORTED' })
    expect(await reason(client.me.get.query())).toMatchObject({ code: 'TIMEOUT', source: 'client' })
    expect(proxy.met['request lost']).toBe(2)
  })

  /** What the impatient server answers while somebody holds the car, and what `client` gets once it is free. */
  async function whileHeld(retry: FleetflowClientOptions['retry'], week: number) {
    const { client, proxy } = await open(() => 'passes', { retry })
    const connection = await sys.reserve()
    await connection`begin`
    await connection`select from cars where id = ${car(5)} for no key update`
    const call = client.trips.create.mutate({ carId: car(5), ...freePeriod(week) }).then(
      () => 'booked',
      (error: unknown) => reasonOf<'trips.create'>(error).code,
    )
    const release = async () => {
      await connection`rollback`
      connection.release()
    }
    return { call, proxy, release }
  }

  test('does not repeat a booking of a car that others keep busy, unless it is asked to (CAR_BUSY)', async () => {
    const first = await whileHeld(quick, 35)
    expect(await first.call).toBe('CAR_BUSY')
    expect(first.proxy.met.passes).toBe(1)
    await first.release()
    const second = await whileHeld({ ...quick, codes: ['CAR_BUSY'] }, 35)
    await expect.poll(() => second.proxy.met.passes, { timeout: 20_000 }).toBeGreaterThan(1)
    await second.release()
    expect(await second.call).toBe('booked')
  })

  test('refuses pauses that no timer can keep', () => {
    for (const retry of [{ retries: -1 }, { firstDelayMs: Number.NaN }, { longestDelayMs: 2 ** 31 }]) {
      expect(() => createFleetflowClient({ url: app.url, retry })).toThrow(RangeError)
    }
  })
})
