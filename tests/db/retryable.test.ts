// What may pass by itself is never stored under a key: the same key does its work as soon as it can be done.
import { setTimeout as pause } from 'node:timers/promises'
import { connect, type Database, perform } from '@fleetflow/db'
import type postgres from 'postgres'
import { afterAll, describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeUser, refusal } from '../support/fixtures.ts'
import { countedDeadlocks } from '../support/serverLog.ts'
import { openSuperuser } from '../support/superuser.ts'

describe('a key whose first try could not be decided', async () => {
  const db = await openTestDatabase({ lockTimeoutMs: 60_000 })
  const fleet = await makeFleet(db.sys, { cars: 1 })
  const renter = await makeUser(db.sys)
  const carId = firstCar(fleet)
  const superuser = openSuperuser(db, { max: 2 })
  const impatient = connect({ url: db.apiUrl, max: 2, lockTimeoutMs: 50 })
  afterAll(() => impatient.close())

  let day = 0
  const booking = (key: string) => {
    day += 2
    const start = Date.UTC(2031, 0, day, 10)
    const times = { start_date: new Date(start).toISOString(), end_date: new Date(start + 86_400_000).toISOString() }
    return (api: Database) => perform(api, 'create_trip_rpc', { car_id: carId, ...times, actor: as(renter), idempotency_key: key })
  }
  const keys = async () => (await db.sys`select from idempotency_keys`).length
  const trips = async () => (await db.sys`select from trips`).length

  /** Holds the car while `work` runs. */
  async function whileLocked(work: (tx: postgres.TransactionSql) => Promise<void>): Promise<void> {
    await db.sys.begin(async (tx) => {
      await tx`select from cars where id = ${carId} for no key update`
      await work(tx)
    })
  }

  /** Resolves with the process that waits for a lock in a booking. */
  async function waiting(): Promise<number> {
    for (;;) {
      const [row] = await superuser<{ pid: number }[]>`
        select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%create_trip_rpc%'`
      if (row) return row.pid
      await pause(5)
    }
  }

  test('waits for its first sender; after the lock timeout it is told so (IDEMPOTENCY_IN_PROGRESS), and later replayed', async () => {
    const book = booking('in progress')
    let first: ReturnType<typeof book> | undefined
    await whileLocked(async () => {
      first = book(db.api)
      await waiting()
      const error = await refusal(book(impatient), 'IDEMPOTENCY_IN_PROGRESS')
      expect([error.field, error.replayed]).toEqual(['idempotencyKey', false])
    })
    const booked = await first
    expect(booked).toMatchObject({ replayed: false })
    expect(await book(impatient)).toEqual({ answer: booked?.answer, replayed: true })
  })

  test('is free after a lock timeout of the car (CAR_BUSY)', async () => {
    const book = booking('busy')
    const before = await keys()
    await whileLocked(async () => {
      await refusal(book(impatient), 'CAR_BUSY')
    })
    expect(await keys()).toBe(before)
    expect((await book(impatient)).replayed).toBe(false)
  })

  test('is free after a deadlock: it is tried again with the same key and books once (TRY_AGAIN)', async () => {
    const book = booking('deadlock')
    const before = await trips()
    let booked: ReturnType<typeof book> | undefined
    // The booking has its key and waits for the car; whoever has the car asks for the key, much more patiently.
    await superuser.begin(async (tx) => {
      await tx`select from cars where id = ${carId} for no key update`
      booked = book(db.api)
      await waiting()
      await tx`set local deadlock_timeout = '1min'`
      await tx`insert into idempotency_keys (user_id, operation, key, input_hash) values (${renter}, 'trips.create', 'deadlock', sha256(''))`
      await tx`delete from idempotency_keys where key = 'deadlock'`
    })
    expect(await booked).toMatchObject({ replayed: false })
    expect(await trips()).toBe(before + 1)
    expect(await countedDeadlocks(db, 8)).toBe(1)
  })

  test('is free after its backend was killed (UNAVAILABLE)', async () => {
    const book = booking('killed')
    const before = [await keys(), await trips()]
    await whileLocked(async () => {
      const failed = refusal(book(db.api), 'UNAVAILABLE')
      await superuser`select pg_terminate_backend(${await waiting()})`
      await failed
    })
    expect([await keys(), await trips()]).toEqual(before)
    const booked = await book(db.api)
    expect(booked.replayed).toBe(false)
    expect(await book(db.api)).toEqual({ answer: booked.answer, replayed: true })
  })

  test('is free after a statement timeout (TIMEOUT)', async () => {
    const hurried = connect({ url: db.apiUrl, max: 1, statementTimeoutMs: 100, lockTimeoutMs: 0 })
    const book = booking('late')
    const before = await keys()
    await whileLocked(async () => {
      await refusal(book(hurried), 'TIMEOUT')
    })
    await hurried.close()
    expect(await keys()).toBe(before)
    expect((await book(db.api)).replayed).toBe(false)
  })
})
