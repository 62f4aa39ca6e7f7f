// An API key acts as the service user of one fleet, for the procedures it lists, as long as it lives: in PostgreSQL itself, below the API.
import { type Actor, call } from '@fleetflow/db'
import postgres from 'postgres'
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { makeKey, type TestKey } from '../support/apiKeys.ts'
import { openTestDatabase } from '../support/database.ts'
import { firstCar, makeFleet, makeTrip, refusal, type TestFleet } from '../support/fixtures.ts'

const everything = [
  'me.get',
  'cars.get',
  'cars.list',
  'cars.search',
  'cars.windows',
  'cars.nextFree',
  'trips.get',
  'trips.list',
  'trips.create',
  'trips.quote',
  'trips.history',
  'trips.cancel',
  'reviews.list',
  'fleets.getRules',
  'ratePlans.get',
  'trips.createInClass',
  'trips.hold',
] // prettier-ignore
const period = { start_date: '2031-05-01T10:00:00Z', end_date: '2031-05-02T10:00:00Z' }

describe('an API key', async () => {
  const db = await openTestDatabase()
  const superuser = postgres(db.cluster.superuserUrl, { max: 1, database: db.name })
  afterAll(() => superuser.end())
  let fleet: TestFleet
  let other: TestFleet
  let key: TestKey

  beforeEach(async () => {
    fleet = await makeFleet(db.sys)
    other = await makeFleet(db.sys)
    key = await makeKey(db.sys, fleet, { procedures: everything })
  })

  const lastUse = async () => {
    const [row] = await db.sys<{ at: Date | null }[]>`select last_used_at as at from api_keys where id = ${key.id}`
    return row?.at?.toISOString() ?? null
  }

  test('acts as its service user, who is no administrator whatever its row says', async () => {
    await db.sys`update users set is_admin = true where id = ${key.userId}`
    const hidden = await makeTrip(db.sys, other, { renterId: other.ownerId, start: period.start_date, end: period.end_date })
    expect(await call(db.api, 'get_me_rpc', { actor: key.actor })).toMatchObject({
      id: key.userId,
      name: 'Script',
      fleets: [{ id: fleet.id }],
    })
    await refusal(call(db.api, 'get_trip_rpc', { trip_id: hidden, actor: key.actor }), 'NOT_FOUND')
  })

  test.each<[string, (made: TestKey) => Actor | Promise<Actor>]>([
    ['is unknown', () => ({ apiKey: 'ab'.repeat(32) })],
    ['is no hash', (made) => ({ apiKey: made.hash.slice(1) })],
    ['is the key instead of its hash', (made) => ({ apiKey: made.secret })],
    ['is written otherwise', (made) => ({ apiKey: made.hash.toUpperCase().replace(/^\d*/, '') })],
    ['has expired', async () => (await makeKey(db.sys, fleet, { procedures: everything, expires: '-1 second' })).actor],
    ['was revoked', async () => (await makeKey(db.sys, fleet, { procedures: everything, revoked: '-1 second' })).actor],
    [
      'belongs to a suspended service user',
      async (made) => {
        await db.sys`update users set suspended_at = now() where id = ${made.userId}`
        return made.actor
      },
    ],
    [
      'lost its membership',
      async (made) => {
        await db.sys`delete from fleet_members where user_id = ${made.userId}`
        return made.actor
      },
    ],
  ])('that %s is nobody (UNAUTHENTICATED)', async (_, actorOf) => {
    const actor = await actorOf(key)
    await refusal(call(db.api, 'get_car_rpc', { car_id: firstCar(fleet), actor }), 'UNAUTHENTICATED')
    await refusal(call(db.api, 'get_me_rpc', { actor }), 'UNAUTHENTICATED')
    // Nor is it told what it would have been for.
    await refusal(call(db.api, 'list_rate_plans_rpc', { fleet: fleet.slug, actor }), 'UNAUTHENTICATED')
  })

  test('does nothing that it does not list (FORBIDDEN), whatever its role allows', async () => {
    const narrow = await makeKey(db.sys, fleet, { procedures: ['cars.list'] })
    expect(await call(db.api, 'list_cars_rpc', { actor: narrow.actor })).toMatchObject({ items: [{ id: firstCar(fleet) }] })
    await refusal(call(db.api, 'get_car_rpc', { car_id: firstCar(fleet), actor: narrow.actor }), 'FORBIDDEN')
    await refusal(call(db.api, 'create_trip_rpc', { car_id: firstCar(fleet), ...period, actor: narrow.actor }), 'FORBIDDEN')
    expect(await db.sys`select from trips where booked_by_id = ${narrow.userId}`).toHaveLength(0)
  })

  test('notes its use once a minute, and its next use after that', async () => {
    expect(await lastUse()).toBeNull()
    await call(db.api, 'get_me_rpc', { actor: key.actor })
    const first = await lastUse()
    expect(first).not.toBeNull()
    await call(db.api, 'get_me_rpc', { actor: key.actor })
    expect(await lastUse()).toBe(first)
    await db.sys`update api_keys set last_used_at = now() - interval '2 minutes' where id = ${key.id}`
    const old = await lastUse()
    await call(db.api, 'get_me_rpc', { actor: key.actor })
    expect(Date.parse((await lastUse()) ?? '')).toBeGreaterThan(Date.parse(old ?? ''))
  })

  test('never waits for another call by the same key, whatever that call waits for', async () => {
    const carId = firstCar(fleet)
    const waiting = () => superuser`select from pg_stat_activity where datname = ${db.name} and wait_event_type = 'Lock'`
    let held: Promise<unknown> = Promise.resolve()
    await db.sys.begin(async (tx) => {
      await tx`select from cars where id = ${carId} for no key update`
      held = call(db.api, 'create_trip_rpc', { car_id: carId, ...period, actor: key.actor })
      await vi.waitFor(async () => expect(await waiting()).toHaveLength(1), { timeout: 10_000, interval: 10 })
      // The first call has noted the use of the key and holds its row until the car is its own.
      const row = superuser`select from pg_locks as l join pg_class as c on c.oid = l.relation
                             where c.relname = 'api_keys' and l.mode = 'RowExclusiveLock' and l.database = (select oid from pg_database where datname = ${db.name})`
      expect((await row).length).toBeGreaterThan(0)
      const others = Array.from({ length: 5 }, () => call(db.api, 'get_me_rpc', { actor: key.actor }))
      expect(await Promise.all(others)).toHaveLength(5)
      expect(await waiting()).toHaveLength(1)
    })
    expect(await held).toMatchObject({ carId })
    expect(await lastUse()).not.toBeNull()
  })
})
