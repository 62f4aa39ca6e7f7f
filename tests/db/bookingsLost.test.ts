// What becomes of bookings that travel together when their statement fails: each answer is known or UNAVAILABLE, and its key tells which.
import { setTimeout as pause } from 'node:timers/promises'
import { connect, type Database, DatabaseError, type Outcome, perform } from '@fleetflow/db'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { freshDays, recorded } from '../support/batch.ts'
import { openTestDatabase } from '../support/database.ts'
import { as, makeFleet, makeUser } from '../support/fixtures.ts'
import { sequence } from '../support/random.ts'
import { countedDeadlocks, deadlocksIn, watchLog } from '../support/serverLog.ts'
import { openSuperuser } from '../support/superuser.ts'

type Answer = Outcome | string

const codeOf = (error: unknown) => (error instanceof DatabaseError ? error.code : String(error))

describe('a statement of many', async () => {
  const db = await openTestDatabase()
  const [superuser, watcher] = [openSuperuser(db), openSuperuser(db)]
  const fleet = await makeFleet(db.sys, { cars: 40 })
  const renter = await makeUser(db.sys)
  const days = freshDays()
  const [original] = await superuser<{ text: string }[]>`select pg_get_functiondef('private.lock_idle_cars'::regproc) as text`
  afterEach(() => superuser.unsafe(original?.text ?? ''))

  let named = 0
  const bookings = (n: number) =>
    Array.from({ length: n }, (_, i) => ({
      car_id: fleet.carIds[i % 40] ?? '',
      actor: as(renter),
      ...days(),
      idempotency_key: `key ${++named}`,
    }))
  type Booking = ReturnType<typeof bookings>[number]
  const send = (pool: Database, made: Booking[]): Promise<Answer[]> =>
    Promise.all(made.map((booking) => perform(pool, 'create_trip_rpc', booking).catch(codeOf)))

  function open(options: Partial<Parameters<typeof connect>[0]> = {}) {
    const pool = connect({ url: db.apiUrl, max: 4, ...options })
    afterAll(() => pool.close())
    return recorded(pool)
  }

  /** Makes what a batch does first end in `body`. */
  const first = (body: string) =>
    superuser.unsafe(`
      create or replace function private.lock_idle_cars(car_ids uuid[]) returns uuid[] language plpgsql volatile security definer
        set search_path = pg_catalog, public, pg_temp as $$ begin ${body}; return car_ids; end $$`)

  /** Ends the statement of many that sleeps. */
  async function endIt(): Promise<void> {
    await vi.waitFor(
      async () => {
        const ended = await watcher`
          select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and wait_event = 'PgSleep' and query like '%create_trips_rpc%'`
        expect(ended.length).toBeGreaterThan(0)
      },
      { timeout: 20_000, interval: 5 },
    )
  }

  /** Each answer that was known is stored once, and whoever sends its key again is told the same or does it once. */
  async function expectOnce(made: Booking[], answers: Answer[]): Promise<void> {
    const again: Answer[] = []
    for (let from = 0; from < made.length; from += 40) again.push(...(await send(db.api, made.slice(from, from + 40))))
    for (const [i, answer] of answers.entries()) {
      expect(again[i]).toMatchObject({ answer: { id: expect.any(String) } })
      if (typeof answer !== 'string') expect(again[i]).toEqual({ answer: answer.answer, replayed: true })
      else expect(answer).toBe('UNAVAILABLE')
    }
    const ids = again.map((answer) => String(((answer as Outcome).answer as { id: string }).id))
    expect(new Set(ids).size).toBe(made.length)
    const stored = await db.sys`select from trips where id = any (${ids}::uuid[])`
    const keyed = await db.sys`select from idempotency_keys where key = any (${made.map((one) => one.idempotency_key)})`
    expect([stored.length, keyed.length]).toEqual([made.length, made.length])
  }

  test('whose connection is lost leaves each of them in doubt, and their keys do everything once (UNAVAILABLE)', async () => {
    const { db: pool, sent } = open()
    await first('perform pg_sleep(30)')
    const made = bookings(12)
    const answers = send(pool, made)
    await endIt()
    const known = await answers
    expect(known.filter((answer) => answer === 'UNAVAILABLE')).toHaveLength(10)
    expect(sent.map(({ size }) => size)).toEqual([1, 1, 10])
    await superuser.unsafe(original?.text ?? '')
    await expectOnce(made, known)
  })

  test('that nobody answers in time leaves each of them in doubt (UNAVAILABLE)', async () => {
    const { db: pool } = open({ deadlineMs: 400 })
    await send(pool, bookings(2))
    await first('perform pg_sleep(1)')
    const made = bookings(6)
    const known = await send(pool, made)
    expect(known.filter((answer) => answer === 'UNAVAILABLE')).toHaveLength(4)
    await superuser.unsafe(original?.text ?? '')
    await expectOnce(made, known)
  })

  test.each([
    ['takes too long (57014)', 'perform pg_sleep(10)'],
    ['loses a deadlock (40P01)', `raise exception using errcode = '40P01', message = 'made up'`],
    ['is not serialisable (40001)', `raise exception using errcode = '40001', message = 'made up'`],
    ['finds no memory (53200)', `raise exception using errcode = '53200', message = 'made up'`],
    ['is defective (22012)', 'perform 1 / 0'],
  ])('that %s is undone, and each of them is booked alone', async (_, body) => {
    const { db: pool, sent } = open({ statementTimeoutMs: 2_000 })
    await first(body)
    const made = bookings(6)
    const known = await send(pool, made)
    expect(known.filter((answer) => typeof answer === 'string')).toEqual([])
    expect(sent.map(({ fn }) => fn)).toEqual([
      ...['create_trip_rpc', 'create_trip_rpc', 'create_trips_rpc'],
      ...Array.from({ length: 4 }, () => 'create_trip_rpc'),
    ])
    await superuser.unsafe(original?.text ?? '')
    await expectOnce(made, known)
  })

  test('is cut at any moment: every answer is known or UNAVAILABLE, nobody hangs, and nothing is done twice', async () => {
    const { db: pool } = open({ max: 6 })
    const next = sequence(7)
    let cutting = true
    const cut = (async () => {
      while (cutting) {
        await watcher`select pg_terminate_backend(pid) from (
          select pid from pg_stat_activity where datname = current_database() and query like '%create_trip%' and state = 'active'
             and pid <> pg_backend_pid() order by random() limit 1) as one`
        await pause(next(150))
      }
    })()
    const [made, answers]: [Booking[], Answer[]] = [[], []]
    for (let round = 0; round < 15; round += 1) {
      const some = bookings(40)
      made.push(...some)
      answers.push(...(await send(pool, some)))
    }
    cutting = false
    await cut
    expect(answers.filter((answer) => answer === 'UNAVAILABLE').length).toBeGreaterThan(0)
    expect(answers.filter((answer) => typeof answer !== 'string').length).toBeGreaterThan(0)
    await expectOnce(made, answers)
  })
})

describe('eight processes that share cars, renters and keys', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys, { cars: 6 })
  const renters = await Promise.all(Array.from({ length: 5 }, () => makeUser(db.sys)))
  // A quota takes the renter's row.
  await db.sys`update fleets set max_open_trips = 9000 where id = ${fleet.id}`

  test('never deadlock, and each key has one outcome', async () => {
    const logged = watchLog(db)
    const pools = Array.from({ length: 8 }, () => connect({ url: db.apiUrl, max: 3, lockTimeoutMs: 60_000, statementTimeoutMs: 60_000 }))
    const days = freshDays()
    const wanted = Array.from({ length: 240 }, (_, i) => ({
      car_id: fleet.carIds[i % 6] ?? '',
      actor: as(renters[i % 5] ?? ''),
      ...days(),
      idempotency_key: `shared ${i}`,
    }))
    // Every process sends all of them, in an order of its own.
    const orders = pools.map((_, n) => {
      const next = sequence(n + 1)
      return wanted.map((booking, i) => ({ booking, i, rank: next(1_000_000) })).sort((a, b) => a.rank - b.rank)
    })
    const outcomes = await Promise.all(
      pools.flatMap((pool, n) =>
        (orders[n] ?? []).map(async ({ booking, i }) => {
          const answer: Answer = await perform(pool, 'create_trip_rpc', booking).catch(codeOf)
          return { i, id: typeof answer === 'string' ? answer : (answer.answer as { id: string }).id }
        }),
      ),
    )
    const told = wanted.map((_, i) => new Set(outcomes.filter((one) => one.i === i).map(({ id }) => id)))
    expect(told.filter((ids) => ids.size !== 1)).toEqual([])
    expect(await db.sys`select from trips`).toHaveLength(wanted.length)
    await Promise.all(pools.map((pool) => pool.close()))
    expect(deadlocksIn(logged())).toEqual([])
    expect(await countedDeadlocks(db, 2)).toBe(0)
  })
})
