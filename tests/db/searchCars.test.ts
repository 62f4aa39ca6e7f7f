// cars.search in the database: who finds what, in which order, page by page, at which price.
import { call } from '@fleetflow/db'
import { beforeAll, describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeTrip, makeUser, refusal } from '../support/fixtures.ts'

interface Page {
  items: {
    car: { id: string; name: string }
    distance: number | null
    price: { total: number; currency: string }
    free: boolean
    nextFree: string
  }[]
  nextCursor: string | null
  asOf: string
  truncated: boolean
}

const period = { start_date: '2031-03-06T10:00:00Z', end_date: '2031-03-08T10:00:00Z' }
const here = { lat: 38_700_000, lng: -9_100_000 }

describe('search_cars_rpc', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys, { cars: 30 })
  const renter = await makeUser(db.sys)
  const stranger = await makeUser(db.sys)
  const search = async (change: Record<string, unknown> = {}) =>
    (await call(db.api, 'search_cars_rpc', { ...period, ...here, actor: as(renter), ...change } as never)) as Page
  const ids = (page: Page) => page.items.map((item) => item.car.id)
  async function allPages(change: Record<string, unknown>, between: () => Promise<unknown> = async () => {}): Promise<Page[]> {
    const pages = [await search(change)]
    for (let cursor = pages[0]?.nextCursor; cursor; cursor = pages.at(-1)?.nextCursor) {
      await between()
      pages.push(await search({ ...change, page_cursor: cursor }))
    }
    return pages
  }

  beforeAll(async () => {
    // Three cars to each of ten places, 111 m apart; a rating and a price of its own for some.
    for (const [i, id] of fleet.carIds.entries()) {
      await db.sys`
        update cars set lat_microdegrees = ${here.lat + Math.floor(i / 3) * 1000}, lng_microdegrees = ${here.lng}, seats = ${2 + (i % 5)},
          total_reviews = ${i % 3}, rating_sum = ${(i % 3) * (1 + (i % 5))}, rating_histogram = array[0, 0, 0, 0, ${i % 3}] where id = ${id}`
    }
    for (const day of [4000, 6000]) {
      const [plan] = await db.sys`
        insert into rate_plans (id, fleet_id, name, currency, day_rate, hour_rate, minimum_charge)
        values (private.uuid_v7(), ${fleet.id}, ${`Day ${day}`}, 'EUR', ${day}, 800, 1000) returning id`
      await db.sys`update cars set rate_plan_id = ${plan?.id} where id = any (${fleet.carIds.filter((_, i) => i % 4 === day / 2000 - 2)})`
    }
  })

  test('finds the cars within the radius, nearest first, then by id; complete and without repeats over pages', async () => {
    const all = await search({ page_limit: 100 })
    expect(all.items).toHaveLength(30)
    const keys = all.items.map((item) => [item.distance, item.car.id] as const)
    expect(keys).toEqual(keys.toSorted((a, b) => Number(a[0]) - Number(b[0]) || (a[1] < b[1] ? -1 : 1)))
    expect((await allPages({ page_limit: 4 })).flatMap(ids)).toEqual(ids(all))
    expect(all).toMatchObject({ nextCursor: null, truncated: false })
    expect(ids(await search({ radius: 230, page_limit: 100 }))).toEqual(ids(all).slice(0, 9))
  })

  test.each(['distance', 'price', 'rating'])(
    'pages by %s keep their order while cars are booked in between; a free car is never lost or shown twice',
    async (sort) => {
      const before = (await allPages({ page_limit: 100, sort })).flatMap(ids)
      const booked: string[] = []
      const pages = await allPages({ page_limit: 4, sort }, async () => {
        const carId = before[before.length - 1 - 3 * booked.length] ?? ''
        booked.push(carId)
        await call(db.api, 'create_trip_rpc', { car_id: carId, ...period, actor: as(stranger) })
      })
      const found = pages.flatMap(ids)
      expect(new Set(found).size).toBe(found.length)
      expect(found.filter((id) => !booked.includes(id))).toEqual(before.filter((id) => !booked.includes(id)))
      expect(new Set(pages.map((page) => page.asOf)).size).toBe(1)
      await db.sys`update trips set status = 'cancelled' where status = 'confirmed'`
    },
  )

  test('each price is what booking that car would cost, and sorting and maxPrice go by it', async () => {
    const { items } = await search({ page_limit: 100, sort: 'price' })
    const totals = items.map((item) => item.price.total)
    expect(new Set(totals)).toEqual(new Set([8000, 10_000, 12_000]))
    expect(totals).toEqual(totals.toSorted((a, b) => a - b))
    for (const { car, price } of items.filter((_, i) => i % 7 === 0)) {
      const trip = await call(db.api, 'create_trip_rpc', { car_id: car.id, ...period, actor: as(renter), dry_run: true })
      expect(trip).toMatchObject({ totalCost: price.total, currency: price.currency })
    }
    const cheap = await search({ page_limit: 100, price_max: 10_000 })
    expect(ids(cheap)).toEqual(
      ids(await search({ page_limit: 100 })).filter((id) => items.some((item) => item.car.id === id && item.price.total <= 10_000)),
    )
    expect(await search({ currency: 'USD' })).toMatchObject({ items: [], nextCursor: null })
  })

  test('narrows by class, seats, rating and fleet', async () => {
    for (const seats of [2, 6]) expect((await search({ seats, page_limit: 100 })).items.length).toBe(seats === 2 ? 30 : 6)
    const good = await search({ rating_min: 450, page_limit: 100 })
    expect(good.items.length).toBeGreaterThan(0)
    expect(JSON.stringify(good.items.map((item) => item.car))).not.toMatch(/"avgRating":\s*(null|[1-4][.,}])/)
    expect((await search({ fleet: fleet.slug, car_class: 'van', page_limit: 100 })).items).toHaveLength(30)
    expect((await search({ car_class: 'van', page_limit: 100 })).items).toHaveLength(30)
    for (const car_class of ['boat', '']) expect(await search({ fleet: fleet.slug, car_class })).toMatchObject({ items: [] })
  })

  test('lists cars that are taken with their next free start, if asked', async () => {
    const carId = firstCar(fleet)
    await makeTrip(db.sys, fleet, { carId, renterId: stranger, start: '2031-03-05T10:00:00Z', end: '2031-03-07T10:00:00Z' })
    expect(ids(await search({ page_limit: 100 }))).not.toContain(carId)
    const item = (await search({ page_limit: 100, busy_too: true })).items.find(({ car }) => car.id === carId)
    expect(item).toMatchObject({ free: false, nextFree: '2031-03-07T10:01:00.000Z' })
    await db.sys`update trips set status = 'cancelled' where status = 'confirmed'`
  })

  test('without a place finds the cars of a fleet, by price or rating, without a distance', async () => {
    const bare = { lat: null, lng: null, fleet: fleet.slug }
    const { items, truncated } = await search({ ...bare, page_limit: 100 })
    expect([items.length, truncated, new Set(items.map((item) => item.distance))]).toEqual([30, false, new Set([null])])
    expect((await allPages({ ...bare, page_limit: 7, sort: 'rating' })).flatMap(ids).toSorted()).toEqual(fleet.carIds.toSorted())
  })

  test('sorts by price only the 500 nearest, says so, and by distance goes through them all', async () => {
    const many = await makeFleet(db.sys, { cars: 520 })
    await db.sys`update cars set lat_microdegrees = 10000000 + n, lng_microdegrees = 20000000
      from (select id, row_number() over (order by id)::integer * 100 as n from cars where fleet_id = ${many.id}) as p where p.id = cars.id`
    const there = { lat: 10_000_000, lng: 20_000_000, page_limit: 100 }
    const byPrice = await allPages({ ...there, sort: 'price' })
    expect([byPrice.flatMap(ids).length, byPrice.every((page) => page.truncated)]).toEqual([500, true])
    const byDistance = await allPages(there)
    expect([new Set(byDistance.flatMap(ids)).size, byDistance.some((page) => page.truncated)]).toEqual([520, false])
  })

  test.each([
    ['across the date line', { lat: 0, lng: 179_990_000 }, { lat: 0, lng: -179_990_000 }, 2224],
    ['over the pole', { lat: 89_990_000, lng: 0 }, { lat: 89_990_000, lng: 180_000_000 }, 2224],
    ['at the pole itself, whatever its longitude', { lat: -90_000_000, lng: 77_000_000 }, { lat: -90_000_000, lng: -10_000_000 }, 0],
  ])('finds a car %s', async (_, place, asked, distance) => {
    const { carIds } = await makeFleet(db.sys)
    await db.sys`update cars set lat_microdegrees = ${place.lat}, lng_microdegrees = ${place.lng} where id = ${carIds[0] ?? ''}`
    expect((await search({ ...asked, radius: 5000 })).items).toMatchObject([{ car: { id: carIds[0] }, distance }])
  })

  test('a car of a fleet for members is found by its members alone, a retired or unpriced one by nobody', async () => {
    const place = { lat: -20_000_000, lng: 50_000_000 }
    const hidden = await makeFleet(db.sys, { cars: 3, visibility: 'members' })
    const [, retired = '', unpriced = ''] = hidden.carIds
    await db.sys`update cars set lat_microdegrees = ${place.lat}, lng_microdegrees = ${place.lng} where fleet_id = ${hidden.id}`
    await db.sys`update cars set retired_at = now() where id = ${retired}`
    const [bare] =
      await db.sys`insert into car_classes (id, fleet_id, slug, name) values (private.uuid_v7(), ${hidden.id}, 'bare', 'Bare') returning id`
    await db.sys`update cars set car_class_id = ${bare?.id} where id = ${unpriced}`
    const admin = await makeUser(db.sys, { isAdmin: true })
    for (const userId of [renter, stranger]) expect((await search({ ...place, actor: as(userId) })).items).toEqual([])
    for (const userId of [hidden.ownerId, hidden.managerId, hidden.driverId, admin]) {
      expect(ids(await search({ ...place, actor: as(userId) }))).toEqual([firstCar(hidden)])
    }
    await refusal(search({ fleet: hidden.slug }), 'NOT_FOUND')
    expect(await search({ actor: { issuer: 'https://nowhere', subject: 'never seen' } })).toMatchObject({ items: [] })
  })

  test("only cars whose fleet's rules allow the period are found; managers are not bound", async () => {
    await db.sys`update fleets set opening_hours = '{"mon": [["08:00", "18:00"]]}' where id = ${fleet.id}`
    expect((await search()).items).toEqual([])
    expect((await search({ actor: as(fleet.managerId) })).items).toHaveLength(20)
    await db.sys`update fleets set opening_hours = null, min_minutes = 10000 where id = ${fleet.id}`
    expect((await search()).items).toEqual([])
    await db.sys`update fleets set min_minutes = null where id = ${fleet.id}`
  })

  test('refuses half a place, a sort that needs one, a bad radius (BAD_INPUT)', async () => {
    expect((await refusal(search({ lng: null }), 'BAD_INPUT')).field).toBe('lng')
    expect((await refusal(search({ lat: null }), 'BAD_INPUT')).field).toBe('lat')
    expect((await refusal(search({ lat: null, lng: null, sort: 'distance' }), 'BAD_INPUT')).field).toBe('sort')
    for (const radius of [0, -5, 20_100_001]) expect((await refusal(search({ radius }), 'BAD_INPUT')).field).toBe('radiusKm')
    expect((await refusal(search({ sort: 'name' }), 'BAD_INPUT')).field).toBe('sort')
  })

  test('refuses a cursor that is none, or of another sort (BAD_INPUT)', async () => {
    const { nextCursor } = await search({ page_limit: 2 })
    for (const [page_cursor, sort] of [
      ['x', null],
      [nextCursor, 'price'],
      [`${nextCursor}x`, null],
      ['distance..99999999999999999999.0.x', null],
    ] as const) {
      expect((await refusal(search({ page_cursor, sort }), 'BAD_INPUT')).field).toBe('cursor')
    }
  })

  test('refuses a period that has begun (TOO_SOON) or is too long (TOO_LONG), and nobody (UNAUTHENTICATED)', async () => {
    await refusal(search({ start_date: '2020-01-01T00:00:00Z', end_date: '2020-01-02T00:00:00Z' }), 'TOO_SOON')
    await refusal(search({ end_date: '2033-01-01T00:00:00Z' }), 'TOO_LONG')
    await refusal(search({ actor: {} }), 'UNAUTHENTICATED')
  })
})
