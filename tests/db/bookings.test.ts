// How bookings of one process wait for each other: who goes at once, who travels together, who passes whom, and how long anybody waits.
import { call, connect, type Database, perform } from '@fleetflow/db'
import type postgres from 'postgres'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { freshDays, recorded } from '../support/batch.ts'
import { openTestDatabase } from '../support/database.ts'
import { as, makeFleet, makeUser, refusal } from '../support/fixtures.ts'
import { openSuperuser } from '../support/superuser.ts'

const db = await openTestDatabase()
const [superuser, watcher] = [openSuperuser(db, { max: 2 }), openSuperuser(db)]
const fleet = await makeFleet(db.sys, { cars: 60 })
const renter = await makeUser(db.sys)
const days = freshDays()

const booking = (car: number, more: Record<string, unknown> = {}) => ({
  car_id: fleet.carIds[car] ?? '',
  actor: as(renter),
  ...days(),
  ...more,
})
const book = (pool: Database, car: number, more: Record<string, unknown> = {}) => perform(pool, 'create_trip_rpc', booking(car, more))
const many = (n: number, work: (i: number) => Promise<unknown>) => Promise.all(Array.from({ length: n }, (_, i) => work(i)))

/** Opens a pool that is closed after the file, and records what it sends. */
function open(options: Partial<Parameters<typeof connect>[0]> = {}) {
  const pool = connect({ url: db.apiUrl, max: 6, ...options })
  afterAll(() => pool.close())
  return recorded(pool)
}

/** Runs `work` while another session holds these cars. */
const whileHeld = (cars: number[], work: (tx: postgres.TransactionSql) => Promise<void>) =>
  superuser.begin(async (tx) => {
    await tx`select from cars where id = any (${cars.map((car) => fleet.carIds[car] ?? '')}::uuid[]) for no key update`
    await work(tx)
  })

const waiters = async () =>
  (await watcher`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`).length

describe('bookings of one process', () => {
  test('go at once and alone when nothing is under way', async () => {
    const { db: pool, sent } = open()
    await book(pool, 0)
    const going = book(pool, 0)
    await new Promise((resolve) => setImmediate(resolve))
    expect(sent).toHaveLength(2)
    await going
    await Promise.all([book(pool, 0), book(pool, 1)])
    expect(sent.map(({ fn }) => fn)).toEqual(Array.from({ length: 4 }, () => 'create_trip_rpc'))
  })

  test('that wait travel together in the next statement, 32 at most, first come first served', async () => {
    const { db: pool, sent } = open()
    const answers = await many(40, (i) => book(pool, i, { idempotency_key: `order ${i}`, dry_run: false }))
    expect(answers).toHaveLength(40)
    // Behind these may come single ones: what PostgreSQL itself makes wait for a millisecond, as where a table grows, is sent again alone.
    expect(sent.slice(0, 4).map(({ fn, size }) => [fn, size])).toEqual([
      ['create_trip_rpc', 1],
      ['create_trip_rpc', 1],
      ['create_trips_rpc', 32],
      ['create_trips_rpc', 6],
    ])
    expect(sent.slice(4).filter(({ fn }) => fn !== 'create_trip_rpc')).toEqual([])
    expect(sent.flatMap(({ keys }) => keys)).toEqual(Array.from({ length: 38 }, (_, i) => `order ${i + 2}`))
  })

  test('may be let through in greater numbers', async () => {
    const { db: pool, sent } = open({ bookings: { atOnce: 5 } })
    await many(6, (i) => book(pool, i))
    expect(sent.filter(({ fn }) => fn === 'create_trip_rpc')).toHaveLength(6)
  })

  test('of one car are never in two statements: those that wait for it travel together, and one that is alone goes alone', async () => {
    const { db: pool, sent } = open()
    await many(9, () => book(pool, 2))
    expect(sent.slice(0, 2).map(({ fn, size }) => [fn, size])).toEqual([
      ['create_trip_rpc', 1],
      ['create_trips_rpc', 8],
    ])
    sent.length = 0
    await many(2, () => book(pool, 2))
    expect(sent.map(({ fn }) => fn)).toEqual(['create_trip_rpc', 'create_trip_rpc'])
  })

  test('that rehearse wait for nobody and travel alone', async () => {
    const { db: pool, sent } = open()
    await many(6, (i) => book(pool, i, { dry_run: true }))
    expect(sent.map(({ fn }) => fn)).toEqual(Array.from({ length: 6 }, () => 'create_trip_rpc'))
  })

  test('have each their own outcome: booked, replayed, refused with what is in the way, or not understood', async () => {
    const { db: pool, sent } = open()
    const known = booking(10, { idempotency_key: 'known' })
    const first = await perform(pool, 'create_trip_rpc', known)
    sent.length = 0
    const [suspended, taken] = [await makeUser(db.sys, { suspended: true }), booking(11)]
    await perform(pool, 'create_trip_rpc', taken)
    const before = (await db.sys`select from trips`).length
    const settled = await Promise.allSettled([
      book(pool, 12),
      book(pool, 13),
      book(pool, 14),
      perform(pool, 'create_trip_rpc', known),
      perform(pool, 'create_trip_rpc', taken),
      book(pool, 15, { actor: as(suspended) }),
      book(pool, 16, { user_id: 'no uuid' }),
      book(pool, 17, { idempotency_key: 'a\0b' }),
      book(pool, 18, { idempotency_key: 'known' }),
      book(pool, 19, { max_total: 1 }),
      perform(pool, 'create_trip_rpc', { ...booking(20), car_id: 'no uuid' }),
      perform(pool, 'create_trip_rpc', { ...booking(20), car_id: crypto.randomUUID() }),
      book(pool, 21),
    ])
    const codes = settled.map((one) => (one.status === 'fulfilled' ? (one.value.replayed ? 'replayed' : 'booked') : one.reason.code))
    expect(codes).toEqual([
      ...['booked', 'booked', 'booked', 'replayed', 'TRIP_OVERLAP', 'UNAUTHENTICATED', 'BAD_INPUT', 'BAD_INPUT', 'IDEMPOTENCY_KEY_REUSED'],
      ...['PRICE_CHANGED', 'BAD_INPUT', 'NOT_FOUND', 'booked'],
    ])
    expect(settled[3]).toMatchObject({ value: { answer: first.answer } })
    expect(settled[4]).toMatchObject({ reason: { details: { conflicts: [{}], nextFree: expect.any(String) } } })
    expect((await db.sys`select from trips`).length).toBe(before + 4)
  })
})

describe('a busy car', () => {
  test('stalls nobody who wants another one: its bookings wait by themselves, and travel together when it is free', async () => {
    const { db: pool, sent } = open({ lockTimeoutMs: 10_000, statementTimeoutMs: 60_000 })
    let hot: Promise<unknown> = Promise.resolve()
    await whileHeld([30, 31], async () => {
      hot = Promise.all([book(pool, 30), book(pool, 31), many(5, () => book(pool, 30))])
      await vi.waitFor(async () => expect(await waiters()).toBe(2), { timeout: 20_000, interval: 5 })
      await many(40, (i) => book(pool, 33 + (i % 20)))
      expect(await waiters()).toBe(2)
    })
    await hot
    expect(sent.at(-1)).toMatchObject({ fn: 'create_trips_rpc', size: 5 })
  })

  test('is not waited for in a statement with others: its booking runs alone, and only that one waits', async () => {
    const { db: pool, sent } = open({ lockTimeoutMs: 30_000, statementTimeoutMs: 60_000 })
    let hot: Promise<unknown> = Promise.resolve()
    await whileHeld([30], async () => {
      const neighbours = many(4, (i) => book(pool, 33 + i))
      hot = book(pool, 30)
      await Promise.all([neighbours, many(4, (i) => book(pool, 43 + i))])
      await vi.waitFor(async () => expect(await waiters()).toBe(1), { timeout: 20_000, interval: 5 })
    })
    await hot
    expect(sent.slice(0, 4).map(({ fn, size }) => [fn, size])).toEqual([
      ['create_trip_rpc', 1],
      ['create_trip_rpc', 1],
      ['create_trips_rpc', 7],
      ['create_trip_rpc', 1],
    ])
  })

  test('is not waited for longer than for its lock: who was not sent until then is told so (CAR_BUSY)', async () => {
    const { db: pool, sent } = open({ lockTimeoutMs: 150 })
    await whileHeld([32], async () => {
      const [first, second] = [book(pool, 32), book(pool, 32)]
      const errors = await Promise.all([refusal(first, 'CAR_BUSY'), refusal(second, 'CAR_BUSY')])
      expect(errors.map(({ cause }) => String(cause))).toEqual([expect.stringContaining('lock timeout'), expect.any(String)])
    })
    expect(sent.length).toBeLessThanOrEqual(2)
    await book(pool, 32)
  })
})

describe('bookings that wait', () => {
  test('are bounded in number: one more is refused at once, and the others are not harmed (OVERLOADED)', async () => {
    const { db: pool, sent } = open({ bookings: { most: 3 } })
    const accepted = many(5, (i) => book(pool, i))
    expect((await refusal(book(pool, 6), 'OVERLOADED')).replayed).toBe(false)
    await accepted
    expect(sent.slice(0, 3).map(({ size }) => size)).toEqual([1, 1, 3])
    await book(pool, 6)
  })

  test('are told when the pool is closed, and so is who comes later (UNAVAILABLE)', async () => {
    const pool = connect({ url: db.apiUrl, max: 2 })
    await many(2, (i) => book(pool, i))
    const on = many(2, (i) => book(pool, i))
    // They are on the wire now.
    await new Promise((resolve) => setImmediate(resolve))
    const waiting = [3, 4].map((i) => refusal(book(pool, i), 'UNAVAILABLE'))
    await Promise.all([pool.close(), ...waiting, on])
    await refusal(book(pool, 5), 'UNAVAILABLE')
  })

  test('do not meet another connection that stands in for the pool: what is done there can be taken back', async () => {
    const { db: pool } = open({ max: 2 })
    const connection = await pool.sql.reserve()
    await connection`begin`
    const trips = await many(5, (i) => call({ ...pool, sql: connection }, 'create_trip_rpc', booking(i)))
    await connection`rollback`
    connection.release()
    const ids = trips.map((trip) => (trip as { id: string }).id)
    expect(await db.sys`select from trips where id = any (${ids}::uuid[])`).toHaveLength(0)
  })
})
