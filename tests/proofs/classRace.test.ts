// Any car of a class under contention: every car is given away, nobody is refused while one is free, and a control that does refuse.
import { call, connect, DatabaseError } from '@fleetflow/db'
import { adminOptions } from '@fleetflow/db/admin'
import postgres from 'postgres'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, makeFleet, makeUser } from '../support/fixtures.ts'
import { countedDeadlocks, deadlocksIn, watchLog } from '../support/serverLog.ts'

const [cars, callers, slots] = [20, 32, 200]
const hour = 3_600_000

/** Unequal periods of one slot which all contain one instant, so that no car can take two of them. */
function period(slot: number, caller: number): { start: string; end: string } {
  const instant = Date.UTC(2032, 0, 1) + slot * 96 * hour
  return {
    start: new Date(instant - (1 + ((caller * 7 + slot) % 23)) * hour).toISOString(),
    end: new Date(instant + (1 + ((caller * 11 + slot) % 19)) * hour).toISOString(),
  }
}

/** All callers of a slot at once, slot after slot; counts the answers by word. */
async function race(
  slots: number,
  callers: number,
  book: (slot: number, caller: number) => Promise<string>,
): Promise<Record<string, number>> {
  const answers: Record<string, number> = {}
  for (let slot = 0; slot < slots; slot += 1) {
    for (const answer of await Promise.all(Array.from({ length: callers }, (_, caller) => book(slot, caller)))) {
      answers[answer] = (answers[answer] ?? 0) + 1
    }
  }
  return answers
}

describe(`${callers} callers for ${cars} cars of a class`, async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys, { cars })
  const renters = await Promise.all(Array.from({ length: callers }, () => makeUser(db.sys)))

  test(`book exactly ${cars * slots} trips in ${slots} slots, the others are told CLASS_FULL, and nobody deadlocks`, async () => {
    const logged = watchLog(db)
    const api = connect({ url: db.apiUrl, max: callers, lockTimeoutMs: 60_000, statementTimeoutMs: 60_000 })
    const book = (slot: number, caller: number) => {
      const { start, end } = period(slot, caller)
      const wish = { fleet: fleet.slug, car_class: 'van', start_date: start, end_date: end, actor: as(renters[caller] ?? '') }
      return call(api, 'create_trip_in_class_rpc', wish).then(
        () => 'booked',
        (error: unknown) => (error instanceof DatabaseError ? error.code : String(error)),
      )
    }
    try {
      expect(await race(slots, callers, book)).toEqual({ booked: cars * slots, CLASS_FULL: (callers - cars) * slots })
    } finally {
      await api.close()
    }
    const [kept] = await db.sys`
      select count(*)::integer as trips, count(distinct t.car_id)::integer as cars,
             (select count(*) from private.verify_overlaps())::integer as overlaps,
             count(*) filter (where t.total_cost <> (select sum(l.amount) from trip_lines as l where l.trip_id = t.id))::integer as wrong
        from trips as t`
    expect(kept).toEqual({ trips: cars * slots, cars, overlaps: 0, wrong: 0 })
    expect(deadlocksIn(logged())).toEqual([])
    expect(await countedDeadlocks(db, 2)).toBe(0)
  }, 240_000)

  test('control: picking one free car with `for update skip locked limit 1` refuses some of as many callers as there are cars', async () => {
    await db.admin`create schema control`
    await db.admin`create table control.cars as select id from public.cars`
    await db.admin`
      create table control.trips (car_id uuid, period tstzrange, constraint apart exclude using gist (car_id with =, period with &&))`
    const pool = postgres(db.adminUrl, { ...adminOptions('fleetflow-tests'), max: cars })
    const few = 50
    const book = (slot: number, caller: number) =>
      pool.begin(async (sql) => {
        const { start, end } = period(slot, caller)
        const [car] = await sql<{ id: string }[]>`
          select c.id from control.cars as c
           where not exists (select from control.trips as t where t.car_id = c.id and t.period && tstzrange(${start}, ${end}, '[]'))
             for update skip locked limit 1`
        const stored = await sql`
          insert into control.trips select ${car?.id ?? null}, tstzrange(${start}, ${end}, '[]') where ${car !== undefined}
              on conflict on constraint apart do nothing returning car_id`
        return stored.length === 1 ? 'booked' : 'refused'
      })
    try {
      const answers = await race(few, cars, book)
      expect((answers.booked ?? 0) + (answers.refused ?? 0)).toBe(cars * few)
      expect(answers.refused).toBeGreaterThan(0)
    } finally {
      await pool.end()
    }
  })
})
