// Many people who book, move, cancel and hold on the cars of one class at once: nothing overlaps, nothing is lost, nobody deadlocks.
import { call, connect, type Database, DatabaseError } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, makeFleet, makeUser, type TestFleet } from '../support/fixtures.ts'
import { sequence } from '../support/random.ts'
import { at, type Booked, bookAny } from '../support/schedule.ts'
import { countedDeadlocks, deadlocksIn, watchLog } from '../support/serverLog.ts'

type Answers = Record<string, number>
const add = (answers: Answers, word: string) => Object.assign(answers, { [word]: (answers[word] ?? 0) + 1 })

/** Runs one person's operations after each other and counts the answers by word. */
async function work(rounds: number, answers: Answers, operation: () => Promise<unknown>): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    await operation().then(
      () => add(answers, 'done'),
      (error: unknown) => add(answers, error instanceof DatabaseError ? error.code : String(error)),
    )
  }
}

describe('a crowd in one class', async () => {
  const db = await openTestDatabase()

  /** What must hold of a fleet's trips whatever has happened. */
  const audit = async (fleet: TestFleet) => {
    const [row] = await db.sys`
      select (select count(*) from private.verify_overlaps())::integer as overlaps,
             (select count(*) from (select from trips where fleet_id = ${fleet.id} group by id having count(*) > 1) as d)::integer as doubled,
             (select count(*) from trips as t where t.fleet_id = ${fleet.id} and t.total_cost <> (
                select coalesce(sum(l.amount), 0) from trip_lines as l where l.car_id = t.car_id and l.trip_id = t.id))::integer as wrong,
             (select count(*) from trip_lines as l where not exists (
                select from trips as t where t.car_id = l.car_id and t.id = l.trip_id))::integer as orphans`
    return row
  }
  const calm = { overlaps: 0, doubled: 0, wrong: 0, orphans: 0 }

  const crowd = async (people: number, act: (api: Database, person: number, answers: Answers) => Promise<void>) => {
    const logged = watchLog(db)
    const api = connect({ url: db.apiUrl, max: people, lockTimeoutMs: 60_000, statementTimeoutMs: 60_000 })
    const answers: Answers = {}
    try {
      await Promise.all(Array.from({ length: people }, (_, person) => act(api, person, answers)))
    } finally {
      await api.close()
    }
    expect(deadlocksIn(logged())).toEqual([])
    expect(await countedDeadlocks(db, 2)).toBe(0)
    return answers
  }

  test('of 24 class bookers makes room for each other by moves: every booked trip is there once, and each version is a move', async () => {
    const fleet = await makeFleet(db.sys, { cars: 5 })
    const renters = await Promise.all(Array.from({ length: 24 }, () => makeUser(db.sys)))
    const booked: string[] = []
    const answers = await crowd(24, async (api, person, counts) => {
      const next = sequence(person + 1)
      await work(30, counts, async () => {
        const from = next(240)
        const period = { from, to: from + 2 + next(10) }
        booked.push((await bookAny(api, fleet, renters[person] ?? '', period, { allocation: next(5) === 0 ? 'pinned' : 'auto' })).id)
      })
    })
    expect(Object.keys(answers).toSorted()).toEqual(['CLASS_FULL', 'done'])
    expect(await audit(fleet)).toEqual(calm)
    const trips = await db.sys<{ id: string; version: number; pinned: boolean }[]>`
      select id, version, pinned from trips where fleet_id = ${fleet.id} order by id`
    expect(trips.map(({ id }) => id)).toEqual(booked.toSorted())
    expect(trips.some(({ version }) => version > 1)).toBe(true)
    expect(trips.filter(({ version, pinned }) => pinned && version > 1)).toEqual([])
    const broken = await db.sys`
      select t.id from trips as t
       where t.fleet_id = ${fleet.id} and array(select generate_series(1, t.version)) <> array(
         select distinct o.version from outbox as o where o.entity_id = t.id and o.after is not null order by o.version)`
    expect(broken).toEqual([])
  })

  test('of 16 connections of one renter with a quota books cars and classes, cancels and modifies without a deadlock', async () => {
    const fleet = await makeFleet(db.sys, { cars: 3 })
    await db.sys`update fleets set max_open_trips = 12 where id = ${fleet.id}`
    const renter = await makeUser(db.sys)
    const answers = await crowd(16, async (api, person, counts) => {
      const next = sequence(100 + person)
      const mine: string[] = []
      await work(30, counts, async () => {
        const [dice, from] = [next(10), next(24)]
        const period = { start_date: at(from), end_date: at(from + 1 + next(6)) }
        const trip = mine[next(mine.length)]
        if (dice < 4) {
          mine.push((await bookAny(api, fleet, renter, { from, to: from + 1 + next(6) })).id)
        } else if (dice < 6 || trip === undefined) {
          const car = { car_id: fleet.carIds[next(3)] ?? '', ...period, actor: as(renter) }
          mine.push(((await call(api, 'create_trip_rpc', { ...car, driver_id: next(2) === 0 ? renter : null })) as Booked).id)
        } else if (dice < 7) {
          await call(api, 'modify_trip_rpc', { trip_id: trip, end_date: at(from + 20), actor: as(renter) })
        } else {
          mine.splice(mine.indexOf(trip), 1)
          await call(api, 'cancel_trip_rpc', { trip_id: trip, actor: as(renter) })
        }
      })
    })
    const allowed = ['BAD_INPUT', 'CLASS_FULL', 'DRIVER_BUSY', 'QUOTA_EXCEEDED', 'TRIP_OVERLAP', 'TRY_AGAIN', 'done']
    expect(Object.keys(answers).filter((word) => !allowed.includes(word))).toEqual([])
    expect(answers.QUOTA_EXCEEDED).toBeGreaterThan(0)
    expect(await audit(fleet)).toEqual(calm)
    const [open] = await db.sys<{ count: number }[]>`
      select count(*)::integer as count from trips where fleet_id = ${fleet.id} and status = 'confirmed'`
    expect(open?.count).toBeLessThanOrEqual(12)
  })
})
