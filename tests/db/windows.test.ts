// cars.windows and cars.nextFree in the database: bounds, buffers, pages, who may ask, and what is refused.
import { call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeTrip, makeUser, refusal } from '../support/fixtures.ts'

interface Windows {
  items: { carId: string; windows: { startDate: string; endDate: string }[] }[]
  nextCursor: string | null
}

const day = (d: number, time = '10:00') => `2031-03-${String(d).padStart(2, '0')}T${time}:00.000Z`
const period = { start_date: day(1), end_date: day(10) }

describe('list_windows_rpc', async () => {
  const db = await openTestDatabase()
  const renter = await makeUser(db.sys)
  const other = await makeUser(db.sys)
  const windows = async (change: Record<string, unknown>) =>
    (await call(db.api, 'list_windows_rpc', { ...period, actor: as(renter), ...change } as never)) as Windows

  test('ends a window a minute before a closed range and begins the next one a minute after it, buffers taken off', async () => {
    const fleet = await makeFleet(db.sys, { prepMinutes: 30, turnaroundMinutes: 60 })
    await makeTrip(db.sys, fleet, { renterId: other, start: day(3), end: day(4), turnaroundMinutes: 15 })
    expect(await windows({ car_id: firstCar(fleet) })).toEqual({
      items: [
        {
          carId: firstCar(fleet),
          windows: [
            { startDate: day(1), endDate: day(3, '08:59') },
            { startDate: day(4, '10:46'), endDate: day(10) },
          ],
        },
      ],
      nextCursor: null,
    })
    // The bounds are exact: a trip over a whole window is booked, a minute more is not.
    const book = (start_date: string, end_date: string) =>
      call(db.api, 'create_trip_rpc', { car_id: firstCar(fleet), start_date, end_date, actor: as(renter), dry_run: true })
    await book(day(1), day(3, '08:59'))
    await refusal(book(day(1), day(3, '09:00')), 'TRIP_OVERLAP')
    await book(day(4, '10:46'), day(9))
    await refusal(book(day(4, '10:45'), day(9)), 'TRIP_OVERLAP')
  })

  test('lets windows of a car with half-open bounds touch what blocks it', async () => {
    const fleet = await makeFleet(db.sys, { backToBack: true })
    const car_id = firstCar(fleet)
    await call(db.api, 'create_trip_rpc', { car_id, start_date: day(3), end_date: day(4), actor: as(other) })
    expect((await windows({ car_id })).items[0]?.windows).toEqual([
      { startDate: day(1), endDate: day(3) },
      { startDate: day(4), endDate: day(10) },
    ])
  })

  test('leaves out short windows and the hours at which the fleet is closed, or those not', async () => {
    const fleet = await makeFleet(db.sys, { timeZone: 'UTC' })
    const car_id = firstCar(fleet)
    await makeTrip(db.sys, fleet, { renterId: other, start: day(3, '09:00'), end: day(3, '16:00') })
    await db.sys`update fleets set opening_hours = '{"mon": [["08:00", "18:00"]]}' where id = ${fleet.id}`
    expect((await windows({ car_id, end_date: day(8) })).items[0]?.windows).toEqual([
      { startDate: day(3, '08:00'), endDate: day(3, '08:59') },
      { startDate: day(3, '16:01'), endDate: day(3, '18:00') },
    ])
    expect((await windows({ car_id, end_date: day(8), min_minutes: 60 })).items[0]?.windows).toHaveLength(1)
    expect((await windows({ car_id, hours: false })).items[0]?.windows).toEqual([
      { startDate: day(1), endDate: day(3, '08:59') },
      { startDate: day(3, '16:01'), endDate: day(10) },
    ])
  })

  test('pages through the cars of a fleet or of a class of it', async () => {
    const fleet = await makeFleet(db.sys, { cars: 7 })
    const first = await windows({ fleet: fleet.slug, page_limit: 4 })
    const second = await windows({ fleet: fleet.id, page_limit: 4, page_cursor: first.nextCursor })
    expect([...first.items, ...second.items].map((item) => item.carId)).toEqual(fleet.carIds.toSorted().reverse())
    expect(second.nextCursor).toBeNull()
    expect((await windows({ fleet: fleet.slug, car_class: 'van' })).items).toHaveLength(7)
    expect((await windows({ fleet: fleet.slug, car_class: 'boat' })).items).toEqual([])
  })

  test('begins in the future, after the notice, for all but the managers; tells nobody whose trip it is', async () => {
    const fleet = await makeFleet(db.sys)
    await db.sys`update fleets set notice_minutes = 120 where id = ${fleet.id}`
    const around = {
      car_id: firstCar(fleet),
      start_date: new Date(Date.now() - 86_400_000).toISOString(),
      end_date: new Date(Date.now() + 86_400_000).toISOString(),
    }
    const begin = async (userId: string) =>
      Date.parse((await windows({ ...around, actor: as(userId) })).items[0]?.windows[0]?.startDate ?? '')
    for (const userId of [renter, fleet.driverId]) expect(await begin(userId)).toBeGreaterThan(Date.now() + 119 * 60_000)
    for (const userId of [fleet.ownerId, fleet.managerId]) expect(await begin(userId)).toBeLessThan(Date.now() - 86_000_000)
    expect(JSON.stringify(await windows(around))).not.toContain(other)
  })

  test('of a car that one cannot see or that is retired says nothing (NOT_FOUND)', async () => {
    const fleet = await makeFleet(db.sys, { cars: 2, visibility: 'members' })
    await refusal(windows({ car_id: firstCar(fleet) }), 'NOT_FOUND')
    expect((await refusal(windows({ fleet: fleet.slug }), 'NOT_FOUND')).field).toBe('fleet')
    for (const userId of [fleet.driverId, fleet.ownerId])
      expect((await windows({ fleet: fleet.slug, actor: as(userId) })).items).toHaveLength(2)
    await db.sys`update cars set retired_at = now() where id = ${firstCar(fleet)}`
    expect((await refusal(windows({ car_id: firstCar(fleet), actor: as(fleet.ownerId) }), 'NOT_FOUND')).field).toBe('carId')
  })

  test('refuses neither or both of car and fleet, and what is out of bounds (BAD_INPUT)', async () => {
    const fleet = await makeFleet(db.sys)
    expect((await refusal(windows({}), 'BAD_INPUT')).field).toBe('carId')
    expect((await refusal(windows({ car_id: firstCar(fleet), fleet: fleet.slug }), 'BAD_INPUT')).field).toBe('carId')
    for (const page_limit of [0, 1001]) expect((await refusal(windows({ fleet: fleet.slug, page_limit }), 'BAD_INPUT')).field).toBe('limit')
    expect((await refusal(windows({ fleet: fleet.slug, min_minutes: 0 }), 'BAD_INPUT')).field).toBe('minMinutes')
    expect((await refusal(windows({ fleet: fleet.slug, page_cursor: 'x' }), 'BAD_INPUT')).field).toBe('cursor')
  })

  test('refuses more than 62 days of a fleet and 366 of a car (TOO_LONG), and nobody (UNAUTHENTICATED)', async () => {
    const fleet = await makeFleet(db.sys)
    await windows({ fleet: fleet.slug, end_date: '2031-05-02T10:00:00Z' })
    const long = await refusal(windows({ fleet: fleet.slug, end_date: '2031-05-02T10:01:00Z' }), 'TOO_LONG')
    expect([long.field, long.details]).toEqual(['endDate', { maxDays: 62, limit: 89_280, nearest: '2031-05-02T10:00:00.000Z' }])
    await windows({ car_id: firstCar(fleet), end_date: '2032-03-01T10:00:00Z' })
    await refusal(windows({ car_id: firstCar(fleet), end_date: '2032-03-03T10:00:00Z' }), 'TOO_LONG')
    await refusal(windows({ fleet: fleet.slug, actor: {} }), 'UNAUTHENTICATED')
  })
})

describe('next_free_rpc', async () => {
  const db = await openTestDatabase()
  const renter = await makeUser(db.sys)
  const fleet = await makeFleet(db.sys, { timeZone: 'UTC' })
  const car_id = firstCar(fleet)
  for (const [start, end] of [
    [3, 4],
    [5, 8],
  ] as const) {
    await makeTrip(db.sys, fleet, { renterId: renter, start: day(start), end: day(end) })
  }
  const next = (change: Record<string, unknown> = {}) =>
    call(db.api, 'next_free_rpc', { car_id, minutes: 600, not_before: day(3, '12:00'), actor: as(renter), ...change } as never) as Promise<{
      nextFree: string | null
      nextStarts: string[]
    }>

  test('answers the first start, and the first of each stretch of time after it', async () => {
    expect(await next()).toEqual({ nextFree: day(4, '10:01'), nextStarts: [day(4, '10:01'), day(8, '10:01')] })
    expect(await next({ minutes: 2 * 1440 })).toEqual({ nextFree: day(8, '10:01'), nextStarts: [day(8, '10:01')] })
    expect(await next({ not_before: day(1) })).toMatchObject({ nextFree: day(1) })
  })

  test('answers a start at which a booking succeeds, from now on unless told', async () => {
    const { nextFree } = await next({ not_before: null })
    expect(Date.parse(nextFree ?? '')).toBeGreaterThan(Date.now())
    const end = new Date(Date.parse(nextFree ?? '') + 36_000_000).toISOString()
    await call(db.api, 'create_trip_rpc', { car_id, start_date: nextFree, end_date: end, actor: as(renter), dry_run: true })
  })

  test("keeps the fleet's rules for those whom they bind", async () => {
    await db.sys`update fleets set opening_hours = '{"wed": [["08:00", "20:00"]]}' where id = ${fleet.id}`
    expect(await next()).toMatchObject({ nextFree: day(12, '08:00') })
    expect(await next({ minutes: 800 })).toEqual({ nextFree: null, nextStarts: [] })
    expect(await next({ actor: as(fleet.managerId) })).toMatchObject({ nextFree: day(4, '10:01') })
    await db.sys`update fleets set opening_hours = null, max_minutes = 500 where id = ${fleet.id}`
    expect(await next()).toEqual({ nextFree: null, nextStarts: [] })
    await db.sys`update fleets set max_minutes = null where id = ${fleet.id}`
  })

  test('of a car that one cannot see or that is retired says nothing (NOT_FOUND)', async () => {
    const hidden = await makeFleet(db.sys, { visibility: 'members' })
    const ask = (userId: string) => next({ car_id: firstCar(hidden), actor: as(userId) })
    expect((await refusal(ask(renter), 'NOT_FOUND')).field).toBe('id')
    for (const userId of [hidden.ownerId, hidden.driverId]) expect(await ask(userId)).toMatchObject({ nextFree: day(3, '12:00') })
    await db.sys`update cars set retired_at = now() where id = ${firstCar(hidden)}`
    await refusal(ask(hidden.ownerId), 'NOT_FOUND')
  })

  test('refuses lengths out of bounds (BAD_INPUT) and nobody (UNAUTHENTICATED)', async () => {
    for (const minutes of [null, 0, -1, 527_041]) expect((await refusal(next({ minutes }), 'BAD_INPUT')).field).toBe('minutes')
    await refusal(next({ actor: {} }), 'UNAUTHENTICATED')
  })
})
