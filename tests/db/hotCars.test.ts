// Booking, moving and cancelling trips of two hot cars at once: the lock on the car makes callers queue; without it they deadlock.
import { setTimeout as pause } from 'node:timers/promises'
import { call, connect, type Database, DatabaseError } from '@fleetflow/db'
import type postgres from 'postgres'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeTrip, makeUser, refusal, sqlstate } from '../support/fixtures.ts'
import { sequence } from '../support/random.ts'
import { countedDeadlocks, deadlocksIn, watchLog } from '../support/serverLog.ts'
import { openSuperuser } from '../support/superuser.ts'

const connections = 12
const hour = 3_600_000

/** One of twelve people who books, moves and cancels within the same hundred hours; answers what happened, by word. */
async function driveHard(api: Database, renter: string, carIds: string[], seed: number, rounds: number) {
  const next = sequence(seed)
  const mine: string[] = []
  const answers: Record<string, number> = {}
  const period = () => {
    const start = Date.UTC(2031, 5, 1) + next(100) * hour
    return { start_date: new Date(start).toISOString(), end_date: new Date(start + (1 + next(6)) * hour).toISOString() }
  }
  for (let round = 0; round < rounds; round += 1) {
    const [dice, trip] = [next(10), mine[next(mine.length)]]
    const carId = carIds[next(carIds.length)] ?? ''
    try {
      if (trip === undefined || dice < 4) {
        const booked = await call(api, 'create_trip_rpc', { car_id: carId, ...period(), actor: as(renter) })
        mine.push((booked as { id: string }).id)
      } else if (dice < 8) {
        await call(api, 'modify_trip_rpc', { trip_id: trip, ...period(), actor: as(renter) })
      } else {
        await call(api, 'cancel_trip_rpc', { trip_id: trip, actor: as(renter) })
        mine.splice(mine.indexOf(trip), 1)
      }
      answers.done = (answers.done ?? 0) + 1
    } catch (error) {
      const word = error instanceof DatabaseError ? error.code : String(error)
      answers[word] = (answers[word] ?? 0) + 1
    }
  }
  return answers
}

/** Whether somebody waits for a lock in this database. */
const isBlocked = async (superuser: postgres.Sql) =>
  (await superuser`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`).length > 0

/** Resolves when the condition holds. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(5)
}

describe('two hot cars', async () => {
  const db = await openTestDatabase()
  const { carIds } = await makeFleet(db.sys, { cars: 2 })
  const renters = await Promise.all(Array.from({ length: connections }, () => makeUser(db.sys)))

  const crowd = async (rounds: number) => {
    // Each in a process of their own: within one, bookings of a car do not meet.
    const pools = renters.map(() => connect({ url: db.apiUrl, max: 1, lockTimeoutMs: 60_000, statementTimeoutMs: 60_000 }))
    try {
      const answers = await Promise.all(pools.map((pool, i) => driveHard(pool, renters[i] ?? '', carIds, i + 1, rounds)))
      return new Set(answers.flatMap((answer) => Object.keys(answer)))
    } finally {
      await Promise.all(pools.map((pool) => pool.close()))
    }
  }

  test('take a mix of book, modify and cancel from 12 connections with no deadlock and no answer but success and TRIP_OVERLAP', async () => {
    const logged = watchLog(db)
    expect(await crowd(60)).toEqual(new Set(['done', 'TRIP_OVERLAP']))
    expect(deadlocksIn(logged())).toEqual([])
    expect(await countedDeadlocks(db, 2)).toBe(0)
    const [kept] = await db.sys<{ trips: number; overlaps: number; wrong: number }[]>`
      select (select count(*) from trips)::integer as trips,
             (select count(*) from trips a join trips b on b.car_id = a.car_id and b.id > a.id and b.blocked && a.blocked
               where a.status = 'confirmed' and b.status = 'confirmed')::integer as overlaps,
             (select count(*) from trips t where t.total_cost <> (
               select coalesce(sum(l.amount), 0) from trip_lines l where l.car_id = t.car_id and l.trip_id = t.id))::integer as wrong`
    expect(kept?.trips).toBeGreaterThan(100)
    expect(kept).toMatchObject({ overlaps: 0, wrong: 0 })
  })
})

describe('the lock on a car', async () => {
  const db = await openTestDatabase({ lockTimeoutMs: 60 })
  const [superuser, watcher] = [openSuperuser(db), openSuperuser(db)]
  const fleet = await makeFleet(db.sys, { cars: 2 })
  const renter = await makeUser(db.sys)
  const trip = await makeTrip(db.sys, fleet, { renterId: renter, start: '2031-07-01T10:00Z', end: '2031-07-02T10:00Z' })
  const done = await makeTrip(db.sys, fleet, {
    renterId: renter,
    start: '2020-07-01T10:00Z',
    end: '2020-07-02T10:00Z',
    status: 'completed',
  })
  const actor = as(renter)
  const book = (carId: string) =>
    call(db.api, 'create_trip_rpc', { car_id: carId, start_date: '2031-08-01T10:00Z', end_date: '2031-08-02T10:00Z', actor })

  /** Runs `work` while another session holds the first car as a booking would. */
  const whileHeld = (work: () => Promise<unknown>) =>
    superuser.begin(async (sql) => {
      await sql`select from cars where id = ${firstCar(fleet)} for no key update`
      await work()
    })

  test('is waited for by booking, modifying, cancelling and reviewing (CAR_BUSY), and by nobody who wants another car', async () => {
    await whileHeld(async () => {
      await refusal(book(firstCar(fleet)), 'CAR_BUSY')
      await refusal(call(db.api, 'modify_trip_rpc', { trip_id: trip, end_date: '2031-07-03T10:00Z', actor }), 'CAR_BUSY')
      await refusal(call(db.api, 'cancel_trip_rpc', { trip_id: trip, actor }), 'CAR_BUSY')
      await refusal(call(db.api, 'create_review_rpc', { trip_id: done, rating: 5, actor }), 'CAR_BUSY')
      expect(await book(fleet.carIds[1] ?? '')).toMatchObject({ status: 'confirmed' })
    })
  })

  test('holds one connection for each waiting booking, and nobody is sent behind it', async () => {
    const pool = connect({ url: db.apiUrl, max: 2, lockTimeoutMs: 20_000 })
    const bookOn = (carId: string | undefined, day: string) =>
      call(pool, 'create_trip_rpc', { car_id: carId ?? '', start_date: `${day}T10:00Z`, end_date: `${day}T12:00Z`, actor })
    // The driver sends nothing behind a statement that it has yet to prepare: both connections know both statements first.
    await Promise.all(['2031-10-01', '2031-10-02'].map((day) => bookOn(fleet.carIds[1], day)))
    await Promise.all([call(pool, 'get_me_rpc', { actor }), call(pool, 'get_me_rpc', { actor })])
    let waiting: Promise<unknown> = Promise.resolve()
    await whileHeld(async () => {
      let settled = false
      waiting = bookOn(fleet.carIds[0], '2031-10-01').finally(() => {
        settled = true
      })
      await until(() => isBlocked(watcher))
      await Promise.all(Array.from({ length: 20 }, () => call(pool, 'get_me_rpc', { actor })))
      expect(settled).toBe(false)
    })
    await waiting
    await pool.close()
  })

  test('is released when the holder ends: the waiting booking then succeeds', async () => {
    const patient = connect({ url: db.apiUrl, max: 1, lockTimeoutMs: 20_000 })
    const args = { car_id: firstCar(fleet), start_date: '2031-08-01T10:00Z', end_date: '2031-08-02T10:00Z', actor }
    let settled = false
    let waiting: Promise<unknown> = Promise.resolve()
    await whileHeld(async () => {
      waiting = call(patient, 'create_trip_rpc', args).finally(() => {
        settled = true
      })
      await until(() => isBlocked(watcher))
      expect(settled).toBe(false)
    })
    expect(await waiting).toMatchObject({ status: 'confirmed' })
    await patient.close()
  })

  test('is asked for before the car is read for good: one that was retired meanwhile is not booked (NOT_FOUND)', async () => {
    const patient = connect({ url: db.apiUrl, max: 1, lockTimeoutMs: 20_000 })
    const carId = firstCar(await makeFleet(db.sys))
    const args = { car_id: carId, start_date: '2031-08-01T10:00Z', end_date: '2031-08-02T10:00Z', actor }
    let waiting: Promise<unknown> = Promise.resolve()
    await superuser.begin(async (sql) => {
      await sql`update cars set retired_at = now() where id = ${carId}`
      waiting = refusal(call(patient, 'create_trip_rpc', args), 'NOT_FOUND')
      await until(() => isBlocked(watcher))
    })
    await waiting
    await patient.close()
  })

  test('does not hold up readers', async () => {
    await whileHeld(async () => {
      expect(await call(db.api, 'get_car_rpc', { car_id: firstCar(fleet), actor })).toMatchObject({ id: firstCar(fleet) })
      expect(await call(db.api, 'get_trip_rpc', { trip_id: trip, actor })).toMatchObject({ id: trip })
    })
  })
})

describe('two sessions that each move two trips of one car into the place the other leaves', async () => {
  const db = await openTestDatabase()
  const superuser = openSuperuser(db)
  const [one, two] = [openSuperuser(db), openSuperuser(db)]
  const renter = await makeUser(db.sys)
  const day = (month: number, of: number) => `2031-${String(month).padStart(2, '0')}-${String(of).padStart(2, '0')}T10:00Z`

  /** Each session moves its first trip to a free place of its own, then its second to the other's; answers both outcomes. */
  async function swap(): Promise<string[]> {
    const fleet = await makeFleet(db.sys)
    const trips = await Promise.all(
      [1, 2, 3, 4].map((month) => makeTrip(db.sys, fleet, { renterId: renter, start: day(month, 1), end: day(month, 2) })),
    )
    const move = (sql: postgres.TransactionSql, trip: number, month: number) => sql<{ code: string | null }[]>`
      select modify_trip_rpc(${trips[trip] ?? ''}, ${day(month, 1)}, ${day(month, 2)}, null, ${sql.json(as(renter))}) -> 'refusal' ->> 'code' as code`
    const moved = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const first = one.begin(async (sql) => {
      await move(sql, 0, 8)
      moved[0]?.resolve()
      await Promise.race([moved[1]?.promise, until(() => isBlocked(superuser))])
      return move(sql, 1, 9)
    })
    const second = two.begin(async (sql) => {
      await moved[0]?.promise
      await move(sql, 2, 9)
      moved[1]?.resolve()
      return move(sql, 3, 8)
    })
    const outcome = async (work: Promise<{ code: string | null }[]>) =>
      work.then(
        ([row]) => row?.code ?? 'done',
        (error: unknown) => sqlstate(Promise.reject(error)),
      )
    return Promise.all([outcome(first), outcome(second)])
  }

  test('queue at the car: the first succeeds, the second is refused (TRIP_OVERLAP)', async () => {
    expect(await swap()).toEqual(['done', 'TRIP_OVERLAP'])
  })

  test('control: without lock_cars they deadlock (40P01)', async () => {
    await superuser`
      create or replace function private.lock_cars(car_ids uuid[]) returns integer language sql security definer
        set search_path = pg_catalog, public, pg_temp as 'select cardinality(car_ids)'`
    expect(await swap()).toContain('40P01')
  })
})
