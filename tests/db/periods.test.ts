// Which periods may follow, touch or contain each other, with closed and with half-open bounds, and which periods are none at all.
import { call, type DatabaseError } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, type FleetOptions, firstCar, makeFleet, makeUser, refusal } from '../support/fixtures.ts'

type Period = [start: string, end: string]

const first: Period = ['2031-05-10T10:00:00Z', '2031-05-10T14:00:00Z']

/** A second period beside `first`, and whether it fits with closed bounds and with half-open ones. */
const seconds: { what: string; period: Period; closed: boolean; halfOpen: boolean }[] = [
  { what: 'the same period', period: first, closed: false, halfOpen: false },
  { what: 'a contained period', period: ['2031-05-10T11:00:00Z', '2031-05-10T12:00:00Z'], closed: false, halfOpen: false },
  { what: 'a containing period', period: ['2031-05-10T09:00:00Z', '2031-05-10T15:00:00Z'], closed: false, halfOpen: false },
  { what: 'a period over the start', period: ['2031-05-10T09:00:00Z', '2031-05-10T11:00:00Z'], closed: false, halfOpen: false },
  { what: 'a period over the end', period: ['2031-05-10T13:00:00Z', '2031-05-10T15:00:00Z'], closed: false, halfOpen: false },
  {
    what: 'one that shares only the start',
    period: ['2031-05-10T10:00:00Z', '2031-05-10T10:00:00.000001Z'],
    closed: false,
    halfOpen: false,
  },
  { what: 'one that begins at the very end', period: ['2031-05-10T14:00:00Z', '2031-05-10T15:00:00Z'], closed: false, halfOpen: true },
  { what: 'one that ends at the very start', period: ['2031-05-10T09:00:00Z', '2031-05-10T10:00:00Z'], closed: false, halfOpen: true },
  { what: 'one a microsecond after', period: ['2031-05-10T14:00:00.000001Z', '2031-05-10T15:00:00Z'], closed: true, halfOpen: true },
  { what: 'one a microsecond before', period: ['2031-05-10T09:00:00Z', '2031-05-10T09:59:59.999999Z'], closed: true, halfOpen: true },
  {
    what: 'one a microsecond into the end',
    period: ['2031-05-10T13:59:59.999999Z', '2031-05-10T15:00:00Z'],
    closed: false,
    halfOpen: false,
  },
  {
    what: 'one a microsecond into the start',
    period: ['2031-05-10T09:00:00Z', '2031-05-10T10:00:00.000001Z'],
    closed: false,
    halfOpen: false,
  },
  {
    what: 'the same wall clock in another zone',
    period: ['2031-05-10T10:00:00+05:00', '2031-05-10T14:00:00+05:00'],
    closed: true,
    halfOpen: true,
  },
  {
    what: 'the same instants in another zone',
    period: ['2031-05-10T23:59:00+13:59', '2031-05-11T03:59:00+13:59'],
    closed: false,
    halfOpen: false,
  },
  {
    what: 'touching, written with the widest offset',
    period: ['2031-05-11T05:59:00+15:59', '2031-05-11T08:00:00+15:59'],
    closed: false,
    halfOpen: true,
  },
]

/** Two periods of one night on which the clocks change; the second begins where the wall clock says the first still runs, or at once after it. */
const nights: { zone: string; what: string; one: Period; two: Period; closed: boolean; halfOpen: boolean }[] = [
  {
    zone: 'Europe/Berlin',
    what: 'the same wall clock twice in autumn',
    one: ['2031-10-26T02:00:00+02:00', '2031-10-26T02:59:59+02:00'],
    two: ['2031-10-26T02:00:00+01:00', '2031-10-26T02:59:59+01:00'],
    closed: true,
    halfOpen: true,
  },
  {
    zone: 'Europe/Berlin',
    what: 'an end in the skipped hour of spring and a start after it',
    one: ['2031-03-30T01:00:00+01:00', '2031-03-30T02:00:00+01:00'],
    two: ['2031-03-30T03:00:00+02:00', '2031-03-30T05:00:00+02:00'],
    closed: false,
    halfOpen: true,
  },
  {
    zone: 'America/New_York',
    what: 'touching where 01:59:59 is followed by 01:00:00',
    one: ['2031-11-02T00:30:00-04:00', '2031-11-02T02:00:00-04:00'],
    two: ['2031-11-02T01:00:00-05:00', '2031-11-02T01:30:00-05:00'],
    closed: false,
    halfOpen: true,
  },
  {
    zone: 'America/New_York',
    what: 'a microsecond before the skipped hour and its end',
    one: ['2031-03-09T01:00:00-05:00', '2031-03-09T01:59:59.999999-05:00'],
    two: ['2031-03-09T03:00:00-04:00', '2031-03-09T04:00:00-04:00'],
    closed: true,
    halfOpen: true,
  },
  {
    zone: 'Australia/Lord_Howe',
    what: 'a half hour that comes twice',
    one: ['2031-04-06T01:30:00+11:00', '2031-04-06T01:59:59+11:00'],
    two: ['2031-04-06T01:30:00+10:30', '2031-04-06T01:59:59+10:30'],
    closed: true,
    halfOpen: true,
  },
  {
    zone: 'Australia/Lord_Howe',
    what: 'wall clocks that seem apart and are not',
    one: ['2031-10-05T01:30:00+10:30', '2031-10-05T02:00:00+10:30'],
    two: ['2031-10-05T02:30:00+11:00', '2031-10-05T03:00:00+11:00'],
    closed: false,
    halfOpen: true,
  },
]

/** What is refused as no period, with the field that the refusal names. */
const none: { what: string; period: [string | null, string | null]; field: string }[] = [
  { what: 'an empty one', period: ['2031-01-01T10:00:00Z', '2031-01-01T10:00:00Z'], field: 'endDate' },
  { what: 'a reversed one', period: ['2031-01-02T10:00:00Z', '2031-01-01T10:00:00Z'], field: 'endDate' },
  { what: 'one reversed by its offsets alone', period: ['2031-01-01T10:00:00-05:00', '2031-01-01T12:00:00Z'], field: 'endDate' },
  { what: 'one without a start', period: [null, '2031-01-01T10:00:00Z'], field: 'startDate' },
  { what: 'one without an end', period: ['2031-01-01T10:00:00Z', null], field: 'endDate' },
  { what: 'one from -infinity', period: ['-infinity', '2031-01-01T10:00:00Z'], field: 'startDate' },
  { what: 'one to infinity', period: ['2031-01-01T10:00:00Z', 'infinity'], field: 'endDate' },
  { what: 'one from infinity', period: ['infinity', 'infinity'], field: 'startDate' },
  { what: 'one before 1900', period: ['1899-12-31T23:59:59.999999Z', '1900-01-01T10:00:00Z'], field: 'startDate' },
  { what: 'one before Christ', period: ['0044-03-15 10:00:00+00 BC', '0044-03-15 11:00:00+00 BC'], field: 'startDate' },
  { what: 'one that ends in 9999', period: ['9998-12-31T10:00:00Z', '9999-01-01T00:00:00Z'], field: 'endDate' },
  { what: 'one that begins in 9999', period: ['9999-01-01T00:00:00Z', '9999-01-02T00:00:00Z'], field: 'startDate' },
  { what: 'one that begins in 10000', period: ['10000-01-01T00:00:00Z', '10000-01-02T00:00:00Z'], field: 'startDate' },
]

/** What PostgreSQL cannot read at all. */
const unreadable = ['2031-01-01T10:00:00+16:00', '2031-01-01T10:00:00-23:59', '2031-02-29T10:00:00Z', '2031-13-01T10:00:00Z', 'soon', '']

describe('create_trip_rpc', async () => {
  const db = await openTestDatabase()
  const renter = await makeUser(db.sys)

  const book = (carId: string, [start, end]: readonly [string | null, string | null], actor = as(renter)) =>
    call(db.api, 'create_trip_rpc', { car_id: carId, start_date: start, end_date: end, actor })

  const expectSecond = async (options: FleetOptions, one: Period, two: Period, fits: boolean) => {
    const carId = firstCar(await makeFleet(db.sys, options))
    await book(carId, one)
    if (fits) expect(await book(carId, two)).toMatchObject({ status: 'confirmed' })
    else await refusal(book(carId, two), 'TRIP_OVERLAP')
  }

  describe.each(seconds)('$what', ({ period, closed, halfOpen }) => {
    test(`${closed ? 'is stored' : 'is refused (TRIP_OVERLAP)'} with closed bounds`, () => expectSecond({}, first, period, closed))
    test(`${halfOpen ? 'is stored' : 'is refused (TRIP_OVERLAP)'} back to back`, () =>
      expectSecond({ backToBack: true }, first, period, halfOpen))
  })

  describe.each(nights)('$zone, $what', ({ zone, one, two, closed, halfOpen }) => {
    test(`${closed ? 'fits' : 'is refused (TRIP_OVERLAP)'} with closed bounds`, () => expectSecond({ timeZone: zone }, one, two, closed))
    test(`${halfOpen ? 'fits' : 'is refused (TRIP_OVERLAP)'} back to back`, () =>
      expectSecond({ timeZone: zone, backToBack: true }, one, two, halfOpen))
  })

  test('keeps a car for its buffers: 30 minutes before and 45 after, closed and half-open', async () => {
    const buffers = { prepMinutes: 30, turnaroundMinutes: 45 }
    const after = (minutes: number, micros = '000000'): Period => [`2031-05-10T15:${minutes}:00.${micros}Z`, '2031-05-10T18:00:00Z']
    await expectSecond(buffers, first, after(15), false)
    await expectSecond(buffers, first, after(15, '000001'), true)
    await expectSecond({ ...buffers, backToBack: true }, first, after(14, '999999'), false)
    await expectSecond({ ...buffers, backToBack: true }, first, after(15), true)
  })

  test('copies the buffers when it books: a later change of the car moves only later trips', async () => {
    const fleet = await makeFleet(db.sys, { prepMinutes: 30, turnaroundMinutes: 30 })
    await book(firstCar(fleet), first)
    await db.sys`update cars set prep_minutes = 0, turnaround_minutes = 0 where fleet_id = ${fleet.id}`
    await refusal(book(firstCar(fleet), ['2031-05-10T14:30:00Z', '2031-05-10T15:00:00Z']), 'TRIP_OVERLAP')
    expect(await book(firstCar(fleet), ['2031-05-10T14:31:00Z', '2031-05-10T15:00:00Z'])).toMatchObject({
      blockedFrom: '2031-05-10T14:31:00.000Z',
      blockedUntil: '2031-05-10T15:00:00.000Z',
    })
  })

  test('keeps microseconds and answers them', async () => {
    const carId = firstCar(await makeFleet(db.sys))
    const trip = await book(carId, ['2031-05-10T10:00:00.000001Z', '2031-05-10T12:00:00.123456+01:00'])
    expect(trip).toMatchObject({ startDate: '2031-05-10T10:00:00.000001Z', endDate: '2031-05-10T11:00:00.123456Z' })
  })

  test('books over a leap day, which is a day like any other, and refuses who wants it as well (TRIP_OVERLAP)', async () => {
    const carId = firstCar(await makeFleet(db.sys))
    expect(await book(carId, ['2032-02-28T10:00:00Z', '2032-03-01T10:00:00Z'])).toMatchObject({ totalCost: 10_000 })
    await refusal(book(carId, ['2032-02-29T00:00:00Z', '2032-02-29T23:59:59Z']), 'TRIP_OVERLAP')
  })

  const period = (error: DatabaseError) => ({ field: error.field, reason: error.details?.reason })

  test.each(none)('refuses $what (BAD_INPUT)', async ({ period: given, field }) => {
    const carId = firstCar(await makeFleet(db.sys))
    expect(period(await refusal(book(carId, given), 'BAD_INPUT'))).toEqual({ field, reason: 'PERIOD_INVALID' })
  })

  test.each(unreadable)('refuses the instant "%s" (BAD_INPUT)', async (instant) => {
    const carId = firstCar(await makeFleet(db.sys))
    await refusal(book(carId, [instant, '2031-06-01T10:00:00Z']), 'BAD_INPUT')
    await refusal(book(carId, ['2031-01-01T10:00:00Z', instant]), 'BAD_INPUT')
  })

  test('takes the first and the last instants that there are, from a manager: 1900 and 9998', async () => {
    const fleet = await makeFleet(db.sys, { turnaroundMinutes: 10_080, prepMinutes: 10_080 })
    const manager = as(fleet.managerId)
    expect(await book(firstCar(fleet), ['1900-01-01T00:00:00Z', '1900-01-02T00:00:00Z'], manager)).toMatchObject({
      startDate: '1900-01-01T00:00:00.000Z',
    })
    expect(await book(firstCar(fleet), ['9998-12-30T00:00:00Z', '9998-12-31T23:59:59.999999Z'], manager)).toMatchObject({
      endDate: '9998-12-31T23:59:59.999999Z',
    })
  })

  test('takes 366 days and refuses a microsecond more (TOO_LONG)', async () => {
    const carId = firstCar(await makeFleet(db.sys))
    const { details, field } = await refusal(book(carId, ['2031-01-01T00:00:00Z', '2032-01-02T00:00:00.000001Z']), 'TOO_LONG')
    expect({ details, field }).toEqual({ details: { maxDays: 366, limit: 527_040, nearest: '2032-01-02T00:00:00.000Z' }, field: 'endDate' })
    expect(await book(carId, ['2031-01-01T00:00:00Z', '2032-01-02T00:00:00Z'])).toMatchObject({ status: 'confirmed' })
  })

  test('refuses a renter a start in the past (TOO_SOON), and not a manager', async () => {
    const fleet = await makeFleet(db.sys)
    const past: Period = ['2020-01-01T10:00:00Z', '2020-01-02T10:00:00Z']
    const { details } = await refusal(book(firstCar(fleet), past), 'TOO_SOON')
    expect(Date.parse(String(details?.earliest))).toBeGreaterThan(Date.now() - 600_000)
    expect(await book(firstCar(fleet), past, as(fleet.managerId))).toMatchObject({
      status: 'confirmed',
    })
  })
})
