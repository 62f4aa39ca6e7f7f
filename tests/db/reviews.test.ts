// Reviews: who may write one, and a car's rating that stays equal to its reviews however many are written, edited and deleted at once.
import { call, connect } from '@fleetflow/db'
import { adminOptions } from '@fleetflow/db/admin'
import postgres from 'postgres'
import { describe, expect, test } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeTrip, makeUser, refusal, type TestFleet } from '../support/fixtures.ts'

/** Completed rentals of one renter on one car, an hour each. */
async function completedTrips(
  db: TestDatabase,
  fleet: TestFleet,
  renterId: string,
  count: number,
  carId = firstCar(fleet),
): Promise<string[]> {
  const rows = await db.sys<{ id: string }[]>`
    insert into trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, blocked, currency)
    select ${carId}, private.uuid_v7(), ${fleet.id}, ${renterId}, 'rental', 'completed', s, s + interval '1 hour',
           tstzrange(s, s + interval '1 hour', '[]'), 'EUR'
      from (select '2020-01-01T00:00Z'::timestamptz + n * interval '2 hours' as s from generate_series(1, ${count}::integer) as n) as starts
    returning id`
  return rows.map((row) => row.id)
}

/** What the car says about its reviews, and what the reviews say. */
async function ratings(db: TestDatabase, carId: string) {
  const [row] = await db.sys<{ kept: unknown; counted: { total: number } }[]>`
    select (select jsonb_build_object('sum', rating_sum, 'total', total_reviews, 'histogram', rating_histogram, 'average', avg_rating::text)
              from cars where id = ${carId}) as kept,
           (select jsonb_build_object('sum', coalesce(sum(rating), 0), 'total', count(*), 'average', avg(rating)::text,
                     'histogram', array(select count(*) filter (where r.rating = s) from generate_series(1, 5) as s
                                        left join reviews as r on r.car_id = ${carId} group by s order by s))
              from reviews where car_id = ${carId}) as counted`
  return row
}

describe('64 reviews of one car at once', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys, { cars: 2 })
  const renter = await makeUser(db.sys)
  const carId = firstCar(fleet)

  test('are all stored; sum, count, histogram and average equal their recomputation, the average to the last digit', async () => {
    const api = connect({ url: db.apiUrl, max: 32, lockTimeoutMs: 60_000 })
    const trips = await completedTrips(db, fleet, renter, 64)
    await Promise.all(
      trips.map((trip_id, i) =>
        call(api, 'create_review_rpc', { trip_id, rating: 1 + ((i * i) % 5), comment: `No. ${i}`, actor: as(renter) }),
      ),
    )
    await api.close()
    const result = await ratings(db, carId)
    expect(result?.counted.total).toBe(64)
    expect(result?.kept).toEqual(result?.counted)
  })

  test('and then 16 connections that edit, delete and write at once leave them equal again', async () => {
    const pool = postgres(db.adminUrl, {
      ...adminOptions('fleetflow-tests'),
      max: 16,
      connection: { role: 'fleetflow_sys', TimeZone: 'UTC' },
    })
    const reviews = await pool<{ id: string; trip_id: string }[]>`select id, trip_id from reviews where car_id = ${carId} order by id`
    await Promise.all(
      reviews.flatMap(({ id, trip_id }, i) => [
        pool`update reviews set rating = ${1 + (i % 5)}, comment = 'Edited' where car_id = ${carId} and id = ${id}`,
        pool`update reviews set comment = 'Only the text' where car_id = ${carId} and id = ${id}`,
        i % 3 === 0 ? pool`delete from reviews where car_id = ${carId} and id = ${id}` : pool`select 1`,
        i % 6 === 0
          ? pool`insert into reviews (car_id, id, trip_id, author_id, rating) values (${carId}, private.uuid_v7(), ${trip_id}, ${renter}, 3)
                 on conflict on constraint reviews_car_id_trip_id_key do nothing`
          : pool`select 1`,
      ]),
    )
    await pool.end()
    const result = await ratings(db, carId)
    expect(result?.counted.total).toBeGreaterThan(20)
    expect(result?.counted.total).toBeLessThan(64)
    expect(result?.kept).toEqual(result?.counted)
  })

  test('leave another car alone', async () => {
    const other = fleet.carIds[1] ?? ''
    expect((await ratings(db, other))?.kept).toEqual({ sum: 0, total: 0, histogram: [0, 0, 0, 0, 0], average: null })
  })

  test('of one trip: exactly one is stored, the others are refused (ALREADY_REVIEWED)', async () => {
    const [trip_id] = await completedTrips(db, fleet, renter, 1, fleet.carIds[1])
    const api = connect({ url: db.apiUrl, max: 16, lockTimeoutMs: 60_000 })
    const calls = Array.from({ length: 16 }, (_, i) =>
      call(api, 'create_review_rpc', { trip_id: trip_id ?? '', rating: 1 + (i % 5), actor: as(renter) }).then(
        () => 'stored',
        (error: Error) => error.message,
      ),
    )
    const answers = await Promise.all(calls)
    await api.close()
    expect(answers.filter((answer) => answer === 'stored')).toHaveLength(1)
    expect(answers.filter((answer) => answer === 'ALREADY_REVIEWED')).toHaveLength(15)
    const result = await ratings(db, fleet.carIds[1] ?? '')
    expect(result?.kept).toEqual(result?.counted)
  })

  test('stay equal when all reviews of a car go, one statement for many rows: the average is then unknown, not 0', async () => {
    await db.sys`update reviews set rating = 6 - rating where car_id = ${carId}`
    const changed = await ratings(db, carId)
    expect(changed?.kept).toEqual(changed?.counted)
    await db.sys`delete from reviews where car_id = ${carId}`
    expect((await ratings(db, carId))?.kept).toEqual({ sum: 0, total: 0, histogram: [0, 0, 0, 0, 0], average: null })
  })

  test('and one rolled back leave no trace', async () => {
    const before = await ratings(db, carId)
    const [trip] = await db.sys<{ id: string }[]>`select id from trips where car_id = ${carId} limit 1`
    const undone = db.sys.begin(async (sql) => {
      await sql`insert into reviews (car_id, id, trip_id, author_id, rating) values (${carId}, private.uuid_v7(), ${trip?.id ?? ''}, ${renter}, 5)`
      throw new Error('changed my mind')
    })
    await expect(undone).rejects.toThrow('changed my mind')
    expect(await ratings(db, carId)).toEqual(before)
  })
})

describe('create_review_rpc', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys)
  const renter = await makeUser(db.sys, { name: 'Rita Renter' })
  const [trip = ''] = await completedTrips(db, fleet, renter, 1)
  const review = (trip_id: string, actor: string, rating: number | null = 5, comment: string | null = null) =>
    call(db.api, 'create_review_rpc', { trip_id, rating, comment, actor: as(actor) })

  test('refuses a trip that is not there, and one of somebody else in the same words (NOT_FOUND)', async () => {
    const absent = await refusal(review('01900000-0000-7000-8000-000000000000', renter), 'NOT_FOUND')
    const hidden = await refusal(review(trip, await makeUser(db.sys)), 'NOT_FOUND')
    expect([hidden.field, hidden.details]).toEqual([absent.field, absent.details])
  })

  test('refuses those who see the trip and did not rent: owner, manager, driver and an administrator (FORBIDDEN)', async () => {
    const admin = await makeUser(db.sys, { isAdmin: true })
    for (const actor of [fleet.ownerId, fleet.managerId, fleet.driverId, admin]) await refusal(review(trip, actor), 'FORBIDDEN')
  })

  test('refuses a trip that is no rental (FORBIDDEN)', async () => {
    const args = { car_id: firstCar(fleet), start_date: '2021-01-01T10:00Z', end_date: '2021-01-02T10:00Z', purpose: 'maintenance' }
    const block = (await call(db.api, 'create_trip_rpc', { ...args, actor: as(fleet.managerId) })) as { id: string }
    await refusal(review(block.id, fleet.managerId), 'FORBIDDEN')
  })

  test.each(['confirmed', 'active', 'cancelled'] as const)('refuses a trip that is %s (INVALID_STATE)', async (status) => {
    const start = { confirmed: '2031-01-01T10:00Z', active: '2031-02-01T10:00Z', cancelled: '2031-03-01T10:00Z' }[status]
    const id = await makeTrip(db.sys, fleet, { renterId: renter, start, end: start.replace('T10', 'T12'), status })
    const allowed = { confirmed: ['cancel', 'modify'], active: ['complete', 'modify'], cancelled: [] }[status]
    expect((await refusal(review(id, renter), 'INVALID_STATE')).details).toEqual({ from: status, operation: 'review', allowed })
  })

  test.each([
    ['rating', 0, 'Fine'],
    ['rating', 6, 'Fine'],
    ['rating', -1, 'Fine'],
    ['rating', null, 'Fine'],
    ['comment', 5, 'x'.repeat(4001)],
  ])('refuses a bad %s: %s (BAD_INPUT)', async (field, rating, comment) => {
    expect((await refusal(review(trip, renter, rating, comment), 'BAD_INPUT')).field).toBe(field)
  })

  test('refuses a suspended renter (UNAUTHENTICATED)', async () => {
    await db.sys`update users set suspended_at = now() where id = ${renter}`
    await refusal(review(trip, renter), 'UNAUTHENTICATED')
    await db.sys`update users set suspended_at = null where id = ${renter}`
  })

  test('answers the review with the display name alone; an empty comment is none; the car shows it', async () => {
    expect(await review(trip, renter, 4, '  ')).toMatchObject({
      tripId: trip,
      carId: firstCar(fleet),
      rating: 4,
      comment: null,
      author: 'Rita Renter',
    })
    await refusal(review(trip, renter), 'ALREADY_REVIEWED')
    expect(await call(db.api, 'get_car_rpc', { car_id: firstCar(fleet), actor: as(renter) })).toMatchObject({
      avgRating: 4,
      totalReviews: 1,
      ratingHistogram: [0, 0, 0, 1, 0],
    })
  })

  test('shows an average with two digits, half up', async () => {
    const other = await makeFleet(db.sys)
    const trips = await completedTrips(db, other, renter, 8)
    for (const [i, id] of trips.entries()) await review(id, renter, i < 5 ? 5 : 4)
    expect(await call(db.api, 'get_car_rpc', { car_id: firstCar(other), actor: as(renter) })).toMatchObject({
      avgRating: 4.63,
      totalReviews: 8,
    })
  })
})

describe('list_reviews_rpc', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys)
  const renter = await makeUser(db.sys)
  const carId = firstCar(fleet)

  test('pages newest first, completely and without repeats, while new reviews arrive; reviews of one moment too', async () => {
    const trips = await completedTrips(db, fleet, renter, 25)
    const add = (id: string, at: string) => db.sys`
      insert into reviews (car_id, id, trip_id, author_id, rating, created_at) values (${carId}, private.uuid_v7(), ${id}, ${renter}, 5, ${at})`
    for (const [i, id] of trips.slice(0, 20).entries()) await add(id, `2021-01-${String(1 + Math.floor(i / 5)).padStart(2, '0')}T10:00Z`)
    const seen: string[] = []
    let page_cursor: string | null = null
    do {
      const page = (await call(db.api, 'list_reviews_rpc', { car_id: carId, actor: as(renter), page_limit: 3, page_cursor })) as {
        items: { tripId: string }[]
        nextCursor: string | null
      }
      seen.push(...page.items.map((item) => item.tripId))
      page_cursor = page.nextCursor
      if (seen.length <= 15) await add(trips[19 + seen.length / 3] ?? '', '2022-01-01T10:00Z')
    } while (page_cursor !== null)
    expect(seen).toEqual(trips.slice(0, 20).reverse())
  })

  test('refuses the reviews of a car that is hidden from the caller (NOT_FOUND)', async () => {
    const hidden = await makeFleet(db.sys, { visibility: 'members' })
    await refusal(call(db.api, 'list_reviews_rpc', { car_id: firstCar(hidden), actor: as(renter) }), 'NOT_FOUND')
    expect(await call(db.api, 'list_reviews_rpc', { car_id: firstCar(hidden), actor: as(hidden.driverId) })).toEqual({
      items: [],
      nextCursor: null,
    })
  })
})
