// For an API key there is one fleet: what a person sees of other public fleets, or of what is their own there, a key does not.
import { type Actor, type Arguments, call, type FunctionName } from '@fleetflow/db'
import postgres from 'postgres'
import { describe, expect, test } from 'vitest'
import { makeKey } from '../support/apiKeys.ts'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeTrip, makeUser, refusal } from '../support/fixtures.ts'

const period = { start_date: '2031-05-01T10:00:00Z', end_date: '2031-05-02T10:00:00Z' }
const here = { lat: 38_700_000, lng: -9_100_000 }
const everything = ['me.get', 'fleets.get', 'carClasses.list', 'cars.update', 'cars.retire', 'cars.get', 'cars.list', 'cars.search', 'cars.windows', 'cars.nextFree', 'trips.get', 'trips.list', 'trips.create',
  'trips.createInClass', 'trips.createSeries', 'trips.cancel', 'trips.cancelPreview', 'trips.modify', 'trips.quote', 'trips.history', 'trips.hold', 'trips.swap',
  'trips.block', 'trips.start', 'reviews.list', 'reviews.create', 'fleets.getRules', 'fleets.setRules', 'ratePlans.list', 'ratePlans.get', 'ratePlans.assign'] // biome-ignore format: a list

type Given<F extends FunctionName> = Omit<Arguments<F>, 'actor'>
type Try = (actor: Actor) => Promise<unknown>

describe('the fleet of an API key', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys, { cars: 2 })
  const other = await makeFleet(db.sys, { cars: 2 })
  await db.sys`update cars set lat_microdegrees = ${here.lat}, lng_microdegrees = ${here.lng}`
  const key = await makeKey(db.sys, fleet, { procedures: everything })
  const person = await makeUser(db.sys)
  const theirs = await makeTrip(db.sys, other, {
    renterId: person,
    start: '2020-01-01T10:00Z',
    end: '2020-01-02T10:00Z',
    status: 'completed',
  })
  await db.sys`insert into reviews (car_id, id, trip_id, author_id, rating) values (${firstCar(other)}, private.uuid_v7(), ${theirs}, ${person}, 5)`

  const ask =
    <F extends FunctionName>(fn: F, given: Given<F>): Try =>
    (actor) =>
      call(db.api, fn, { ...given, actor } as Arguments<F>)
  const carId = firstCar(other)

  test.each<[string, Try]>([
    ['a car', ask('get_car_rpc', { car_id: carId })],
    ['when a car is free next', ask('next_free_rpc', { car_id: carId, minutes: 60 })],
    ['the windows of a car', ask('list_windows_rpc', { car_id: carId, ...period })],
    ['the windows of a fleet', ask('list_windows_rpc', { fleet: other.slug, ...period })],
    ['the cars of a fleet', ask('list_cars_rpc', { fleet: other.slug })],
    ['the free cars of a fleet', ask('search_cars_rpc', { fleet: other.slug, ...period })],
    ['the reviews of a car', ask('list_reviews_rpc', { car_id: carId })],
    ['the rules of a fleet', ask('get_fleet_rules_rpc', { fleet: other.slug })],
    ['a fleet', ask('get_fleet_rpc', { fleet: other.slug })],
    ['its car classes', ask('list_car_classes_rpc', { fleet: other.slug })],
    ['a price', ask('quote_trip_rpc', { car_id: carId, ...period, preview: true })],
    ['a rehearsed booking', ask('create_trip_rpc', { car_id: carId, ...period, dry_run: true })],
    ['a rehearsed booking in a class', ask('create_trip_in_class_rpc', { fleet: other.slug, car_class: 'van', ...period, dry_run: true })],
  ])('%s of another public fleet is there for a person and not for a key (NOT_FOUND)', async (_, asked) => {
    expect(await asked(as(person))).toBeDefined()
    await refusal(asked(key.actor), 'NOT_FOUND')
  })

  test.each<[string, Try]>([
    ['its trips', ask('list_trips_rpc', { fleet: other.slug })],
    ['its rate plans', ask('list_rate_plans_rpc', { fleet: other.slug })],
    ['a rate plan', ask('get_rate_plan_rpc', { rate_plan_id: other.planId })],
    ['a trip', ask('get_trip_rpc', { trip_id: theirs })],
    ['the history of a trip', ask('list_trip_history_rpc', { trip_id: theirs })],
  ])('%s are there for the other fleet and not for a key (NOT_FOUND)', async (_, asked) => {
    expect(await asked(as(other.managerId))).toBeDefined()
    await refusal(asked(key.actor), 'NOT_FOUND')
  })

  test('a car of another fleet cannot be changed nor retired (NOT_FOUND)', async () => {
    await refusal(ask('update_car_rpc', { car_id: carId, changes: { name: 'Mine' } })(key.actor), 'NOT_FOUND')
    await refusal(ask('retire_car_rpc', { car_id: carId })(key.actor), 'NOT_FOUND')
  })

  test('lists and searches that name no fleet hold nothing of another one', async () => {
    const ids = async (asked: Try, actor: Actor) => {
      const { items } = (await asked(actor)) as { items: { id?: string; carId?: string; car?: { id: string } }[] }
      return items.map((item) => item.car?.id ?? item.carId ?? item.id ?? '').toSorted()
    }
    const own = fleet.carIds.toSorted()
    const all = [...own, ...other.carIds].toSorted()
    for (const asked of [
      ask('list_cars_rpc', {}),
      ask('search_cars_rpc', period),
      ask('search_cars_rpc', { ...period, ...here, radius: 1000 }),
      ask('search_cars_rpc', { ...period, ...here, sort: 'price' }),
      ask('search_cars_rpc', { ...period, ...here, car_class: 'van', busy_too: true }),
    ]) {
      expect(await ids(asked, as(person))).toEqual(all)
      expect(await ids(asked, key.actor)).toEqual(own)
    }
    expect(await ids(ask('list_trips_rpc', {}), key.actor)).toEqual([])
  })

  test('the helper that looks for cars across fleets finds it only those of its own', async () => {
    const found = (keyFleet: string) =>
      db.admin.begin(async (tx) => {
        await tx`set local role fleetflow_fn`
        await tx`select set_config('fleetflow.uid', ${key.userId}, true), set_config('fleetflow.fleet', ${keyFleet}, true)`
        const rows = await tx<{ id: string }[]>`
          select car_id as id from private.near_cars('{}', ${period.start_date}, ${period.end_date}, ${key.userId}, 100) where car_id is not null`
        return rows.map((row) => row.id).toSorted()
      })
    expect(await found('')).toEqual([...fleet.carIds, ...other.carIds].toSorted())
    expect(await found(fleet.id)).toEqual(fleet.carIds.toSorted())
  })

  test('a refused booking offers it no car of another fleet', async () => {
    const busy = firstCar(fleet)
    await call(db.api, 'create_trip_rpc', { car_id: busy, ...period, actor: key.actor })
    const refused = await refusal(
      call(db.api, 'create_trip_rpc', { car_id: busy, ...period, alternatives: 5, actor: key.actor }),
      'TRIP_OVERLAP',
    )
    expect(refused.details?.alternatives).toMatchObject(fleet.carIds.slice(1).map((id) => ({ carId: id })))
  })

  describe('what its service user has in another fleet', async () => {
    const trip = await makeTrip(db.sys, other, { carId, renterId: key.userId, start: '2031-01-01T10:00Z', end: '2031-01-02T10:00Z' })
    const done = await makeTrip(db.sys, other, {
      carId,
      renterId: key.userId,
      start: '2021-01-01T10:00Z',
      end: '2021-01-02T10:00Z',
      status: 'completed',
    })

    test.each<[string, Try]>([
      ['read', ask('get_trip_rpc', { trip_id: trip })],
      ['read the history of', ask('list_trip_history_rpc', { trip_id: trip })],
      ['see the refund of', ask('cancel_preview_rpc', { trip_id: trip })],
      ['cancel', ask('cancel_trip_rpc', { trip_id: trip, dry_run: true })],
      ['modify', ask('modify_trip_rpc', { trip_id: trip, end_date: '2031-01-03T10:00Z', dry_run: true })],
    ])('it does not %s (NOT_FOUND), though a person would', async (_, asked) => {
      await refusal(asked(key.actor), 'NOT_FOUND')
      expect(await asked(as(key.userId))).toBeDefined()
    })

    test('it does not list, nor review (NOT_FOUND)', async () => {
      const listed = async (actor: Actor) => {
        const { items } = (await call(db.api, 'list_trips_rpc', { actor })) as { items: { id: string; fleetId: string }[] }
        return items.filter((item) => item.fleetId === other.id).map((item) => item.id)
      }
      expect(await listed(as(key.userId))).toEqual([trip, done])
      expect(await listed(key.actor)).toEqual([])
      await refusal(call(db.api, 'create_review_rpc', { trip_id: done, rating: 1, actor: key.actor }), 'NOT_FOUND')
    })

    test('row level security hides its trips, quotes and reviews there from the key and not from the user', async () => {
      await db.sys`insert into reviews (car_id, id, trip_id, author_id, rating) values (${carId}, private.uuid_v7(), ${done}, ${key.userId}, 5)`
      await call(db.api, 'quote_trip_rpc', { car_id: carId, ...period, actor: as(key.userId) })
      const visible = (keyFleet: string) =>
        db.admin.begin(async (tx) => {
          await tx`set local role fleetflow_fn`
          await tx`select set_config('fleetflow.uid', ${key.userId}, true), set_config('fleetflow.fleet', ${keyFleet}, true)`
          const [row] = await tx`select (select count(*)::int from trips where fleet_id = ${other.id}) as trips,
            (select count(*)::int from quotes where fleet_id = ${other.id}) as quotes, (select count(*)::int from reviews where author_id = ${key.userId}) as reviews`
          return row
        })
      expect(await visible('')).toEqual({ trips: 2, quotes: 1, reviews: 1 })
      expect(await visible(fleet.id)).toEqual({ trips: 0, quotes: 0, reviews: 0 })
    })

    test('it does not work in, even if somebody made it a member there below the guards', async () => {
      await db.admin`alter table fleet_members disable trigger _050_service_user`
      await db.sys`insert into fleet_members (fleet_id, user_id, role) values (${other.id}, ${key.userId}, 'manager')`
      await db.admin`alter table fleet_members enable trigger _050_service_user`
      await refusal(call(db.api, 'list_trips_rpc', { fleet: other.slug, actor: key.actor }), 'NOT_FOUND')
      await refusal(call(db.api, 'set_fleet_rules_rpc', { fleet: other.slug, rules: {}, actor: key.actor }), 'NOT_FOUND')
      await refusal(call(db.api, 'get_trip_rpc', { trip_id: theirs, actor: key.actor }), 'NOT_FOUND')
      const me = (await call(db.api, 'get_me_rpc', { actor: key.actor })) as { fleets: { id: string }[] }
      expect(me.fleets.map((f) => f.id)).toEqual([fleet.id])
      await db.sys`delete from fleet_members where fleet_id = ${other.id} and user_id = ${key.userId}`
    })
  })

  test('is forgotten by whoever comes next in the same transaction, known or unknown', async () => {
    const api = postgres(db.apiUrl, { max: 1 })
    const asked: unknown[] = []
    await api.begin(async (tx) => {
      for (const actor of [key.actor, as(person), key.actor, { issuer: 'i', subject: 'unknown' }]) {
        const [row] =
          await tx`select jsonb_array_length(public.list_cars_rpc(actor => ${JSON.stringify(actor)}::text::jsonb) -> 'items')::int as n`
        asked.push(row?.n)
      }
      const [left] = await tx`select current_setting('fleetflow.fleet', true) as fleet`
      asked.push(left?.fleet)
    })
    await api.end()
    expect(asked).toEqual([2, 4, 2, 0, ''])
  })
})
