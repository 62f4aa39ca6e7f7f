// Pages of lists: complete and without repeats while rows arrive, bounded, and with cursors that cannot be bent.
import { call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeTrip, makeUser, refusal } from '../support/fixtures.ts'

interface Page {
  items: { id: string; startDate: string }[]
  nextCursor: string | null
}

describe('list_trips_rpc', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys, { cars: 30 })
  const renter = await makeUser(db.sys)
  const list = async (
    change: { page_limit?: number | null; page_cursor?: string | null; car_id?: string; status?: string; fleet?: string } = {},
    actor = renter,
  ) => (await call(db.api, 'list_trips_rpc', { actor: as(actor), ...change })) as Page

  /** Trips that begin together, on different cars, a microsecond after each other, and on different days. */
  const starts = [
    '2020-01-05T10:00:00Z',
    '2020-01-05T10:00:00.000001Z',
    '2020-01-04T10:00:00Z',
    '1969-12-31T23:59:59.999999Z',
    '1900-01-01T00:00:00Z',
  ]
  for (const [i, carId] of fleet.carIds.entries()) {
    const start = starts[i % starts.length] ?? ''
    await db.sys`
      insert into trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, blocked, currency)
      select ${carId}, private.uuid_v7(), ${fleet.id}, ${renter}, 'rental', 'completed', s, s + interval '1 hour', tstzrange(s, s + interval '1 hour', '[]'), 'EUR'
        from (select ${start}::text::timestamptz as s) as start`
  }
  const everything = (await db.sys<{ id: string }[]>`select id from trips order by trip_start_date desc, id desc`).map((row) => row.id)

  const readAll = async (limit: number, between: (page: number) => Promise<unknown> = async () => {}, change = {}) => {
    const seen: string[] = []
    let page_cursor: string | null = null
    for (let page = 0; ; page++) {
      const answer: Page = await list({ page_limit: limit, page_cursor, ...change })
      expect(answer.items.length).toBeLessThanOrEqual(limit)
      seen.push(...answer.items.map((item) => item.id))
      if (answer.nextCursor === null) return seen
      page_cursor = answer.nextCursor
      await between(page)
    }
  }

  test.each([1, 2, 3, 7, 29, 30, 31, 100])('reads every trip once, latest start first, in pages of %i', async (limit) => {
    expect(await readAll(limit)).toEqual(everything)
  })

  test('reads what was there once and no more while trips arrive before, between and after', async () => {
    const added: string[] = []
    const cars = [...fleet.carIds]
    const seen = await readAll(4, async (page) => {
      for (const start of ['2021-01-01T10:00Z', '2010-01-01T10:00Z', '1901-01-01T10:00Z']) {
        const carId = cars[page] ?? ''
        added.push(await makeTrip(db.sys, fleet, { carId, renterId: renter, start, end: start.replace('T10', 'T11'), status: 'completed' }))
      }
    })
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen.filter((id) => !added.includes(id))).toEqual(everything)
    const rows = await db.sys<{ id: string }[]>`select id from trips order by trip_start_date desc, id desc`
    const order = new Map(rows.map((row, at) => [row.id, at]))
    expect(seen.map((id) => order.get(id))).toEqual([...seen].map((id) => order.get(id) ?? 0).sort((a, b) => a - b))
  })

  test("filters by car and by status, of one's own and of a fleet", async () => {
    const carId = firstCar(fleet)
    const here = (await db.sys<{ id: string }[]>`select id from trips where car_id = ${carId} order by trip_start_date desc, id desc`).map(
      (row) => row.id,
    )
    expect(await readAll(1, undefined, { car_id: carId })).toEqual(here)
    expect((await list({ car_id: carId, fleet: fleet.slug, page_limit: 100 }, fleet.driverId)).items.map((item) => item.id)).toEqual(here)
    expect((await list({ status: 'confirmed' })).items).toEqual([])
    expect((await list({ status: 'completed', fleet: fleet.id, page_limit: 100 }, fleet.driverId)).items.length).toBeGreaterThan(30)
    expect((await list({ car_id: carId }, fleet.driverId)).items).toEqual([])
  })

  test('gives 20 trips unless told', async () => {
    expect((await list()).items).toHaveLength(20)
    expect((await list({ page_limit: null })).items).toHaveLength(20)
  })

  test.each([0, -1, 101, 2_147_483_647])('refuses a page of %i (BAD_INPUT)', async (page_limit) => {
    expect((await refusal(list({ page_limit }), 'BAD_INPUT')).field).toBe('limit')
  })

  test.each([
    '',
    'x',
    '1',
    '1.',
    '.',
    '1.2',
    'NaN.01900000-0000-7000-8000-000000000000',
    '1e3.01900000-0000-7000-8000-000000000000',
    '1.01900000-0000-7000-8000-00000000000',
    '1.01900000-0000-7000-8000-000000000000 or true',
    "1.01900000-0000-7000-8000-00000000000'",
    '9999999999999999999.01900000-0000-7000-8000-000000000000',
    '999999999999999999.01900000-0000-7000-8000-000000000000x',
    '-999999999999999999.01900000-0000-7000-8000-000000000000',
  ])('refuses the cursor "%s" (BAD_CURSOR)', async (page_cursor) => {
    const { field, details } = await refusal(list({ page_cursor }), 'BAD_INPUT')
    expect([field, details]).toEqual(['cursor', { reason: 'BAD_CURSOR' }])
  })

  test('takes a cursor for a place and not for a right: that of somebody else shows nothing of theirs', async () => {
    const { nextCursor } = await list({ page_limit: 2 })
    expect(await list({ page_cursor: nextCursor }, await makeUser(db.sys))).toEqual({ items: [], nextCursor: null })
  })
})

describe('list_cars_rpc', async () => {
  const db = await openTestDatabase()
  const [one, two] = [await makeFleet(db.sys, { cars: 11 }), await makeFleet(db.sys, { cars: 12 })]
  const renter = await makeUser(db.sys)

  test('reads every car once, newest first, in pages, while cars arrive', async () => {
    const all = [...one.carIds, ...two.carIds].sort().reverse()
    const seen: string[] = []
    let page_cursor: string | null = null
    do {
      const page = (await call(db.api, 'list_cars_rpc', { actor: as(renter), page_limit: 5, page_cursor })) as Page
      seen.push(...page.items.map((car) => car.id))
      page_cursor = page.nextCursor
      await db.sys`insert into cars (id, fleet_id, car_class_id, name, time_zone) values (private.uuid_v7(), ${one.id}, ${one.classId}, 'New', 'UTC')`
    } while (page_cursor !== null)
    expect(seen).toEqual(all)
  })

  test('refuses a page of 0 and a bent cursor (BAD_INPUT)', async () => {
    const list = (change: object) => call(db.api, 'list_cars_rpc', { actor: as(renter), ...change })
    await refusal(list({ page_limit: 0 }), 'BAD_INPUT')
    expect((await refusal(list({ page_cursor: 'x' }), 'BAD_INPUT')).details).toEqual({ reason: 'BAD_CURSOR' })
  })
})
