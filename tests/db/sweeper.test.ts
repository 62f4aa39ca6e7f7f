// The sweeper only tidies: a database in which it never ran for a week answers exactly as one in which it ran all the time.
import { connect, startSweeper } from '@fleetflow/db'
import type { Sql } from 'postgres'
import { describe, expect, test } from 'vitest'
import { inMinutes, passTime } from '../support/clock.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { firstCar, makeFleet, makeUser } from '../support/fixtures.ts'
import { livesOf } from '../support/life.ts'
import { openSuperuser } from '../support/superuser.ts'

interface Scene {
  db: TestDatabase
  superuser: Sql
}

/** A week in the life of a fleet; answers everything that anybody was told, without what differs between any two runs. */
async function week({ db, superuser }: Scene, sweeping: boolean): Promise<{ told: unknown; swept: number; stored: string[] }> {
  const { hold, create, get, approve, decline, cancel, modify, start, complete, noShow, list } = livesOf(db)
  const fleet = await makeFleet(db.sys, { cars: 4, turnaroundMinutes: 20 })
  const [one = '', two = '', three = '', four = ''] = fleet.carIds
  await db.sys`update cars set instant_booking = false where id = ${two}`
  const [renter, other] = [await makeUser(db.sys), await makeUser(db.sys)]
  const told: unknown[] = []
  let swept = 0
  const say = async (what: string, work: Promise<unknown>) =>
    void told.push([what, await work.catch((error: { code: string; details: unknown }) => [error.code, error.details])])
  const pass = async (minutes: number) => {
    await passTime(superuser, minutes)
    if (sweeping) swept += Number((await db.api.sql`select public.sweep_trips(batch => 1000) as done`)[0]?.done)
  }
  const look = async () => {
    for (const status of [null, 'held', 'requested', 'confirmed', 'active', 'completed', 'expired', 'cancelled', 'declined', 'no_show']) {
      await say(`fleet ${status}`, list(fleet.driverId, { fleet: fleet.id, status }))
      await say(`renter ${status}`, list(renter, { status }))
      await say(`car ${status}`, list(fleet.ownerId, { fleet: fleet.id, car_id: one, status }))
    }
  }

  const held = await hold(renter, one, inMinutes(60), inMinutes(300))
  const asked = await create(renter, two, inMinutes(6000), inMinutes(7000))
  const block = await create(fleet.managerId, three, inMinutes(5), inMinutes(120), { purpose: 'repair' })
  const rented = await create(other, four, inMinutes(10), inMinutes(200))
  await start(other, rented.id)
  await look()
  await pass(30)
  await look()
  for (const version of [1, 2, null]) await say('cancel the dead hold', cancel(renter, held.id, { version }))
  await say('book over the dead hold', create(other, one, inMinutes(40), inMinutes(100)))
  await say('the dead hold', get(renter, held.id))
  await pass(300)
  await look()
  await say('move the ended block', modify(fleet.managerId, block.id, { end_date: inMinutes(500) }))
  await say('book after the ended block', create(renter, three, inMinutes(5), inMinutes(100)))
  await say('bring back late', complete(other, rented.id, { odometer: 12 }))
  await pass(300)
  await say('approve too late', approve(fleet.ownerId, asked.id, { version: 2 }))
  await say('decline too late', decline(fleet.ownerId, asked.id))
  const again = await create(renter, two, inMinutes(6000), inMinutes(7000))
  await say('approve in time', approve(fleet.ownerId, again.id))
  for (const status of ['confirmed', 'expired', 'held'])
    for (const trip of await list(fleet.ownerId, { fleet: fleet.id, status })) await say('no-show', noShow(fleet.ownerId, trip.id))
  await hold(renter, one, inMinutes(60), inMinutes(300), { minutes: 30 })
  await pass(7 * 24 * 60)
  await look()
  for (const car of fleet.carIds) await say('hold four times', hold(renter, car, inMinutes(9000), inMinutes(9100)))
  await pass(60)
  await look()

  const rows = await db.sys<{ status: string }[]>`select status from trips order by status`
  return { told: anonymous(told), swept, stored: rows.map(({ status }) => status) }
}

/** Ids become the order in which they first appear, instants the minutes from now, and what somebody is told becomes comparable. */
function anonymous(told: unknown): unknown {
  const names = new Map<string, string>()
  const text = JSON.stringify(told)
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => {
      if (!names.has(id)) names.set(id, `#${names.size}`)
      return names.get(id) ?? ''
    })
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (instant) => `${Math.round((Date.parse(instant) - Date.now()) / 600_000)}`)
  return JSON.parse(text)
}

describe('the sweeper', async () => {
  const scenes = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const db = await openTestDatabase()
      return { db, superuser: openSuperuser(db) }
    }),
  )
  const scene = (): Scene => {
    const next = scenes.pop()
    if (next === undefined) throw new Error('no database is left')
    return next
  }

  test('changes nothing that anybody is told, in a whole week', async () => {
    const [without, with_] = [await week(scene(), false), await week(scene(), true)]
    expect(without.swept).toBe(0)
    expect(with_.swept).toBeGreaterThanOrEqual(4)
    expect(with_.told).toEqual(without.told)
    // What is stored differs: that is all it does.
    expect(without.stored).not.toEqual(with_.stored)
    expect(JSON.stringify(without.told).length).toBeGreaterThan(10_000)
  })

  test("writes in nobody's name, in batches, and leaves what is locked for the next time", async () => {
    const { db, superuser } = scene()
    const fleet = await makeFleet(db.sys, { cars: 6 })
    const { hold } = livesOf(db)
    const [driven] = fleet.carIds
    for (const car of fleet.carIds)
      await hold(fleet.managerId, car, inMinutes(60), inMinutes(90), car === driven ? { driver_id: fleet.driverId } : {})
    await passTime(superuser, 60)
    const sweep = async (batch: number) => Number((await db.api.sql`select public.sweep_trips(batch => ${batch}) as done`)[0]?.done)
    expect(await sweep(2)).toBe(2)
    await superuser.begin(async (tx) => {
      await tx`select from cars where id = any (${fleet.carIds}) and id in (select car_id from trips where status = 'held') order by id limit 1 for no key update`
      expect(await sweep(100)).toBe(3)
    })
    expect(await sweep(100)).toBe(1)
    expect(await sweep(100)).toBe(0)
    expect([...(await db.sys`select * from driver_assignments`)]).toEqual([])
    const events = await db.sys`select distinct actor_id, operation from outbox where after ->> 'status' = 'expired'`
    expect([...events]).toEqual([{ actor_id: null, operation: 'time' }])
  })

  test("a dead hold that somebody else finds expires in nobody's name as well", async () => {
    const { db, superuser } = scene()
    const fleet = await makeFleet(db.sys)
    const { hold, create } = livesOf(db)
    await hold(await makeUser(db.sys), firstCar(fleet), inMinutes(60), inMinutes(90))
    await passTime(superuser, 20)
    const booker = await makeUser(db.sys)
    await create(booker, firstCar(fleet), inMinutes(60), inMinutes(90))
    const events = await db.sys`select actor_id, operation, after ->> 'status' as status from outbox where entity = 'trip' order by seq`
    expect(events.map(({ operation, status }) => [operation, status])).toEqual([
      ['trips.hold', 'held'],
      ['time', 'expired'],
      ['trips.create', 'confirmed'],
    ])
    expect(events.map(({ actor_id }) => actor_id === booker)).toEqual([false, false, true])
    expect(events[1]?.actor_id).toBeNull()
  })

  test('runs beside the API until it is stopped, and survives a database that does not answer', async () => {
    const { db, superuser } = scene()
    const fleet = await makeFleet(db.sys, { cars: 3 })
    const { hold } = livesOf(db)
    for (const car of fleet.carIds) await hold(fleet.managerId, car, inMinutes(60), inMinutes(90))
    await passTime(superuser, 60)
    const sweeper = startSweeper(db.api, { everyMs: 5, batch: 1 })
    await expect.poll(async () => (await db.sys`select count(*)::int as n from trips where status = 'expired'`)[0]?.n).toBe(3)
    await sweeper.stop()
    const deaf = connect({ url: 'postgres://nobody:x@127.0.0.1:1/none', max: 1 })
    const failures: string[] = []
    const lost = startSweeper(deaf, { everyMs: 5, onError: (error) => failures.push(error.code) })
    await expect.poll(() => failures.length).toBeGreaterThan(1)
    await lost.stop()
    await deaf.close()
    expect(failures[0]).toBe('UNAVAILABLE')
  })
})
