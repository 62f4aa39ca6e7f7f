// The flaws of the first design that this one must not have. Two more have files of their own: evasion.test.ts and hotCars.test.ts.
import { call } from '@fleetflow/db'
import postgres from 'postgres'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeTrip, makeUser, refusal, sqlstate } from '../support/fixtures.ts'
import { openSuperuser } from '../support/superuser.ts'

const may = (from: number, to: number) => ({ start_date: `2031-05-0${from}T10:00Z`, end_date: `2031-05-0${to}T10:00Z` })
const idOf = (answer: unknown) => (answer as { id: string }).id
const ids = (answer: unknown) => (answer as { items: { id: string }[] }).items.map((item) => item.id)

describe('a cancelled trip', async () => {
  const db = await openTestDatabase()
  const renter = await makeUser(db.sys)

  test('frees its car at once, for the same period', async () => {
    const car_id = firstCar(await makeFleet(db.sys))
    const book = () => call(db.api, 'create_trip_rpc', { car_id, ...may(1, 3), actor: as(renter) })
    const first = idOf(await book())
    await refusal(book(), 'TRIP_OVERLAP')
    await call(db.api, 'cancel_trip_rpc', { trip_id: first, actor: as(renter) })
    const second = idOf(await book())
    expect(second).not.toBe(first)
    await refusal(book(), 'TRIP_OVERLAP')
  })

  test('is neither a conflict nor in the way of the next free start', async () => {
    const car_id = firstCar(await makeFleet(db.sys))
    const book = (from: number, to: number) => call(db.api, 'create_trip_rpc', { car_id, ...may(from, to), actor: as(renter) })
    await call(db.api, 'cancel_trip_rpc', { trip_id: idOf(await book(3, 5)), actor: as(renter) })
    await book(1, 2)
    expect((await refusal(book(1, 3), 'TRIP_OVERLAP')).details).toEqual({
      conflicts: [{ startDate: '2031-05-01T10:00:00.000Z', endDate: '2031-05-02T10:00:00.000Z' }],
      nextFree: '2031-05-02T10:01:00.000Z',
      nextStarts: ['2031-05-02T10:01:00.000Z'],
      alternatives: [],
    })
  })
})

describe('an average rating', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys)
  const renter = await makeUser(db.sys)

  test('equals avg() to the last digit after any mix of new, edited and deleted reviews; it does not drift', async () => {
    for (let month = 1; month <= 12; month++) {
      const start = `2020-${String(month).padStart(2, '0')}-01T10:00Z`
      await makeTrip(db.sys, fleet, { renterId: renter, start, end: start.replace('-01T', '-02T'), status: 'completed' })
    }
    const trips = await db.sys<{ id: string }[]>`select id from trips order by id`
    const car = firstCar(fleet)
    for (let step = 0; step < 300; step++) {
      const trip = trips[(step * 7) % trips.length]?.id ?? ''
      const rating = 1 + ((step * step + step) % 5)
      const [present] = await db.sys`select from reviews where trip_id = ${trip}`
      if (!present) {
        await db.sys`insert into reviews (car_id, id, trip_id, author_id, rating)
                     values (${car}, private.uuid_v7(), ${trip}, ${renter}, ${rating})`
      } else if (step % 3 === 0) await db.sys`delete from reviews where trip_id = ${trip}`
      else await db.sys`update reviews set rating = ${rating} where trip_id = ${trip}`
      const [same] = await db.sys<{ same: boolean; reviews: number }[]>`
        select c.avg_rating is not distinct from r.average and c.total_reviews = r.total and c.rating_sum = coalesce(r.sum, 0) as same, r.total as reviews
          from cars as c, (select avg(rating) as average, count(*)::integer as total, sum(rating) as sum from reviews where car_id = ${car}) as r
         where c.id = ${car}`
      expect(same, `after step ${step}`).toMatchObject({ same: true })
    }
  })
})

describe('parameters that are named like columns', async () => {
  const db = await openTestDatabase()
  const [mine, other] = [await makeFleet(db.sys), await makeFleet(db.sys)]
  const renter = await makeUser(db.sys)
  const [actor, cars] = [as(renter), [firstCar(mine), firstCar(other)]]

  const bookings = await Promise.all(
    [0, 1].flatMap((car) =>
      [1, 4].map(async (from) => idOf(await call(db.api, 'create_trip_rpc', { car_id: cars[car] ?? '', ...may(from, from + 2), actor }))),
    ),
  )
  const [here, hereToo] = bookings

  test('choose one car: a car with trips of its own is untouched by those of another', async () => {
    expect(ids(await call(db.api, 'list_trips_rpc', { actor, car_id: cars[0] ?? '' }))).toEqual([hereToo, here])
    expect(await call(db.api, 'get_car_rpc', { actor, car_id: cars[1] ?? '' })).toMatchObject({ id: cars[1] })
    const { details } = await refusal(call(db.api, 'create_trip_rpc', { car_id: cars[0] ?? '', ...may(1, 2), actor }), 'TRIP_OVERLAP')
    expect(details?.conflicts).toHaveLength(1)
  })

  test('choose one trip and one state: changing it changes no other', async () => {
    const before = await db.sys`select id, version, status, trip_end_date from trips where id <> ${here ?? ''} order by id`
    expect(await call(db.api, 'get_trip_rpc', { actor, trip_id: here ?? '' })).toMatchObject({ id: here, lines: [{ amount: 10_000 }] })
    await call(db.api, 'modify_trip_rpc', { actor, trip_id: here ?? '', ...may(1, 2), version: 1 })
    await call(db.api, 'cancel_trip_rpc', { actor, trip_id: here ?? '', version: 2, reason: 'No need' })
    expect(await db.sys`select id, version, status, trip_end_date from trips where id <> ${here ?? ''} order by id`).toEqual(before)
    expect(ids(await call(db.api, 'list_trips_rpc', { actor, status: 'cancelled' }))).toEqual([here])
  })

  test('choose one fleet, class and user: an argument is never compared with itself', async () => {
    const answer = await call(db.api, 'list_cars_rpc', { actor, fleet: mine.slug, car_class: 'van' })
    expect(ids(answer)).toEqual([cars[0]])
    expect(ids(await call(db.api, 'list_cars_rpc', { actor, fleet: mine.slug, car_class: 'none' }))).toEqual([])
    expect(ids(await call(db.api, 'list_trips_rpc', { actor: as(other.managerId), fleet: other.id }))).toHaveLength(2)
    expect(ids(await call(db.api, 'list_trips_rpc', { actor: as(other.managerId) }))).toEqual([])
  })

  test('choose the trip that is reviewed and the car whose reviews are listed', async () => {
    const done = await makeTrip(db.sys, mine, {
      renterId: renter,
      ...{ start: '2020-01-01T10:00Z', end: '2020-01-02T10:00Z' },
      status: 'completed',
    })
    const review = { trip_id: done, rating: 4, comment: 'Fine', actor }
    expect(await call(db.api, 'create_review_rpc', review)).toMatchObject({ tripId: done, carId: cars[0], rating: 4, comment: 'Fine' })
    expect(ids(await call(db.api, 'list_reviews_rpc', { actor, car_id: cars[0] ?? '' }))).toHaveLength(1)
    expect(ids(await call(db.api, 'list_reviews_rpc', { actor, car_id: cars[1] ?? '' }))).toHaveLength(0)
  })
})

describe('a search path that somebody else prepared', async () => {
  const db = await openTestDatabase()
  const superuser = openSuperuser(db)
  const fleet = await makeFleet(db.sys)
  const renter = await makeUser(db.sys)

  let next = 1
  /** Books a day in the superuser's session, with whatever it holds, and answers the price. */
  const priceOfADay = async () => {
    const day = new Date(Date.UTC(2031, 0, next++ * 3, 10)).toISOString()
    const [row] = await superuser<{ cost: number }[]>`
      select (public.create_trip_rpc(${firstCar(fleet)}, null, ${day}, ${day}::timestamptz + interval '1 day 2 hours',
        ${superuser.json(as(renter))}) -> 'answer' ->> 'totalCost')::integer as cost`
    return row?.cost
  }

  test('cannot be prepared by the API role: no temporary table, no object in a schema, no schema (42501)', async () => {
    const api = postgres(db.apiUrl, { max: 1, onnotice: () => {} })
    const attempts = [
      'create temporary table trips (id uuid)',
      'create table public.mine (id uuid)',
      'create function public.now() returns timestamptz language sql as $$ select null::timestamptz $$',
      'create function pg_temp.price() returns integer language sql as $$ select 1 $$',
      'create operator public.+ (leftarg = integer, rightarg = integer, function = int4pl)',
      'create schema mine',
      'create table private.mine (id uuid)',
    ]
    const answers = await Promise.all(attempts.map((attempt) => sqlstate(api.unsafe(attempt))))
    await api.end()
    expect(answers).toEqual(attempts.map(() => '42501'))
  })

  test('with temporary tables named like ours changes no price and takes no row', async () => {
    expect(await priceOfADay()).toBe(6600)
    for (const table of [
      'trips',
      'cars',
      'rate_plans',
      'car_classes',
      'fleets',
      'trip_lines',
      'users',
      'fleet_members',
      'trip_transitions',
    ]) {
      await superuser.unsafe(`create temporary table ${table} (like public.${table} including defaults)`)
      await superuser.unsafe(`insert into pg_temp.${table} select * from public.${table}`)
    }
    await superuser`update pg_temp.rate_plans set day_rate = 1, hour_rate = 1, minimum_charge = 1`
    await superuser`delete from pg_temp.trips`
    await superuser`set search_path = pg_temp, public, pg_catalog`
    expect(await superuser`select day_rate from rate_plans`).toEqual([{ day_rate: '1' }])
    expect(await priceOfADay()).toBe(6600)
    expect(await superuser`select from pg_temp.trips`).toHaveLength(0)
    await superuser`discard temp`
  })

  test('with impostors of functions and operators changes no price; control: without the pinned path it does', async () => {
    await superuser.unsafe(`
      set search_path = public, pg_catalog;
      create function public.floor(numeric) returns numeric language sql immutable as 'select 0::numeric';
      create function public.ceil(numeric) returns numeric language sql immutable as 'select 0::numeric';
      create function public.cheap(integer, bigint) returns bigint language sql immutable as 'select 1::bigint';
      create operator public.* (leftarg = integer, rightarg = bigint, function = public.cheap)`)
    expect(await superuser`select 2::integer * 5000::bigint as product`).toEqual([{ product: '1' }])
    expect(await priceOfADay()).toBe(6600)
    await superuser.unsafe(`do $$ declare fn regprocedure; begin
      for fn in select oid from pg_proc where pronamespace in ('private'::regnamespace, 'public'::regnamespace) and proconfig is not null loop
        execute format('alter function %s reset search_path', fn);
      end loop; end $$`)
    expect(await priceOfADay()).not.toBe(6600)
  })
})
