// Recurring trips: each occurrence is a booking of its own by the clock of the car; all of them are booked or none, unless asked to skip.
import { call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, type FleetOptions, firstCar, makeFleet, makeTrip, makeUser, refusal, type TestFleet } from '../support/fixtures.ts'

interface Trip {
  id: string
  seriesId: string
  startDate: string
  endDate: string
  totalCost: number
  status: string
  purpose: string
  bookedById: string
}
interface Series {
  seriesId: string | null
  trips: Trip[]
  totalCost: number
  currency: string
  skipped: { startDate: string; endDate: string; code: string }[]
}

describe('create_trip_series_rpc', async () => {
  const db = await openTestDatabase({ poolSize: 16 })
  const renter = await makeUser(db.sys)

  const book = (fleet: TestFleet, local_starts: unknown, more: Record<string, unknown> = {}, actor = renter) =>
    call(db.api, 'create_trip_series_rpc', {
      car_id: firstCar(fleet),
      local_starts,
      minutes: 480,
      ...more,
      actor: as(actor),
    }) as Promise<Series>
  /** Mondays of May 2031, nine to five. */
  const mondays = ['2031-05-05T09:00', '2031-05-12T09:00', '2031-05-19T09:00', '2031-05-26T09:00']
  const stored = async (fleet: TestFleet) =>
    (await db.sys`select id from trips where fleet_id = ${fleet.id} and status not in ('cancelled', 'expired')`).length
  const fleetOf = (options: FleetOptions = {}) => makeFleet(db.sys, { timeZone: 'Europe/Lisbon', ...options })

  test('books every occurrence at its own price under one series', async () => {
    const fleet = await fleetOf()
    const series = await book(fleet, mondays)
    expect(series.trips.map(({ startDate, endDate }) => [startDate, endDate])).toEqual(
      mondays.map((day) => [`${day.slice(0, 10)}T08:00:00.000Z`, `${day.slice(0, 10)}T16:00:00.000Z`]),
    )
    for (const trip of series.trips) {
      expect(trip).toMatchObject({ seriesId: series.seriesId, totalCost: 5000, status: 'confirmed', purpose: 'rental', bookedById: renter })
    }
    expect(series).toMatchObject({ totalCost: 20_000, currency: 'EUR', skipped: [] })
    const lone = await call(db.api, 'get_trip_rpc', { trip_id: series.trips[2]?.id ?? '', actor: as(renter) })
    expect(lone).toMatchObject({ seriesId: series.seriesId, lines: [{ amount: 5000 }] })
  })

  test('keeps the time on the wall across both clock changes, also where it comes twice or is skipped', async () => {
    const fleet = await fleetOf()
    const starts = async (local: string[], minutes = 60) =>
      (await book(fleet, local, { minutes })).trips.map(({ startDate, endDate }) => [startDate, endDate])
    // Lisbon moves its clocks on 30 March and 26 October 2031.
    expect(await starts(['2031-03-29T10:00', '2031-03-30T10:00', '2031-10-25T10:00', '2031-10-26T10:00'])).toEqual([
      ['2031-03-29T10:00:00.000Z', '2031-03-29T11:00:00.000Z'],
      ['2031-03-30T09:00:00.000Z', '2031-03-30T10:00:00.000Z'],
      ['2031-10-25T09:00:00.000Z', '2031-10-25T10:00:00.000Z'],
      ['2031-10-26T10:00:00.000Z', '2031-10-26T11:00:00.000Z'],
    ])
    expect(await starts(['2031-03-29T01:30', '2031-03-30T01:30', '2031-10-25T01:30', '2031-10-26T01:30'], 15)).toEqual([
      ['2031-03-29T01:30:00.000Z', '2031-03-29T01:45:00.000Z'],
      ['2031-03-30T01:30:00.000Z', '2031-03-30T01:45:00.000Z'],
      ['2031-10-25T00:30:00.000Z', '2031-10-25T00:45:00.000Z'],
      ['2031-10-26T00:30:00.000Z', '2031-10-26T00:45:00.000Z'],
    ])
  })

  test('an occurrence that the clocks skip as a whole cannot be booked (TOO_SHORT)', async () => {
    const fleet = await fleetOf()
    // 01:55 is read as 02:55 and 02:05 comes before it.
    const series = await book(fleet, ['2031-03-29T01:55', '2031-03-30T01:55'], { minutes: 10, on_conflict: 'skip' })
    expect(series.trips).toHaveLength(1)
    expect(series.skipped).toMatchObject([{ startDate: '2031-03-30T01:55:00.000Z', code: 'TOO_SHORT' }])
  })

  test('books nothing where one occurrence is taken, and says which (TRIP_OVERLAP)', async () => {
    const fleet = await fleetOf()
    await makeTrip(db.sys, fleet, { renterId: renter, start: '2031-05-12T10:00Z', end: '2031-05-12T11:00Z' })
    await makeTrip(db.sys, fleet, { renterId: renter, start: '2031-05-26T10:00Z', end: '2031-05-26T11:00Z' })
    const { details } = await refusal(book(fleet, mondays), 'TRIP_OVERLAP')
    expect(details).toMatchObject({
      conflicts: [{ startDate: '2031-05-12T10:00:00.000Z', endDate: '2031-05-12T11:00:00.000Z' }],
      occurrences: [
        { startDate: '2031-05-12T08:00:00.000Z', endDate: '2031-05-12T16:00:00.000Z', code: 'TRIP_OVERLAP' },
        { startDate: '2031-05-26T08:00:00.000Z', endDate: '2031-05-26T16:00:00.000Z', code: 'TRIP_OVERLAP' },
      ],
    })
    expect(await stored(fleet)).toBe(2)
  })

  test('skips what cannot be booked and says why (onConflict skip)', async () => {
    const fleet = await fleetOf()
    await call(db.api, 'set_fleet_rules_rpc', { fleet: fleet.id, rules: { closedDays: ['2031-05-19'] }, actor: as(fleet.ownerId) })
    await makeTrip(db.sys, fleet, { renterId: renter, start: '2031-05-12T10:00Z', end: '2031-05-12T11:00Z' })
    const series = await book(fleet, mondays, { on_conflict: 'skip' })
    expect(series.trips.map(({ startDate }) => startDate.slice(0, 10))).toEqual(['2031-05-05', '2031-05-26'])
    expect(series.skipped).toEqual([
      { startDate: '2031-05-12T08:00:00.000Z', endDate: '2031-05-12T16:00:00.000Z', code: 'TRIP_OVERLAP' },
      { startDate: '2031-05-19T08:00:00.000Z', endDate: '2031-05-19T16:00:00.000Z', code: 'OUTSIDE_HOURS' },
    ])
    const none = await book(fleet, ['2031-05-19T09:00'], { on_conflict: 'skip' })
    expect(none).toMatchObject({ seriesId: null, trips: [], totalCost: 0, currency: 'EUR', skipped: [{ code: 'OUTSIDE_HOURS' }] })
  })

  test.each<[string, Record<string, unknown>, object]>([
    ['OUTSIDE_HOURS', { closedDays: ['2031-05-12'] }, { nearest: '2031-05-11T23:00:00.000Z' }],
    ['TOO_SHORT', { minMinutes: 481 }, { limit: 481 }],
    ['TOO_LONG', { maxMinutes: 479 }, { limit: 479 }],
    ['TOO_SOON', { noticeMinutes: 527_040 }, {}],
    ['TOO_FAR', { horizonDays: 1 }, {}],
    ['QUOTA_EXCEEDED', { maxOpenTrips: 2 }, { limit: 2 }],
  ])('the rules of the fleet judge every occurrence (%s)', async (code, rules, details) => {
    const fleet = await fleetOf()
    await call(db.api, 'set_fleet_rules_rpc', { fleet: fleet.id, rules, actor: as(fleet.ownerId) })
    const days = code === 'TOO_SOON' ? [new Date(Date.now() + 86_400_000).toISOString().slice(0, 16)] : mondays
    const refused = await refusal(book(fleet, days), code as 'TOO_SOON')
    expect(refused.details).toMatchObject({ ...details, occurrences: expect.arrayContaining([expect.objectContaining({ code })]) })
    expect(await stored(fleet)).toBe(0)
  })

  test('a quota is filled and not exceeded when skipping, and owners are not bound by it (QUOTA_EXCEEDED)', async () => {
    const fleet = await fleetOf()
    await call(db.api, 'set_fleet_rules_rpc', { fleet: fleet.id, rules: { maxOpenTrips: 2 }, actor: as(fleet.ownerId) })
    const series = await book(fleet, mondays, { on_conflict: 'skip' })
    expect(series.trips).toHaveLength(2)
    expect(series.skipped.map(({ code }) => code)).toEqual(['QUOTA_EXCEEDED', 'QUOTA_EXCEEDED'])
    expect((await book(fleet, ['2031-06-02T09:00', '2031-06-09T09:00', '2031-06-16T09:00'], {}, fleet.ownerId)).trips).toHaveLength(3)
  })

  test("a renter's own hold is not in the way: it becomes the occurrence", async () => {
    const fleet = await fleetOf()
    const hold = (await call(db.api, 'hold_trip_rpc', {
      car_id: firstCar(fleet),
      start_date: '2031-05-12T08:00Z',
      end_date: '2031-05-12T16:00Z',
      actor: as(renter),
    })) as Trip
    const series = await book(fleet, mondays)
    expect(series.trips[1]).toMatchObject({ id: hold.id, seriesId: series.seriesId, status: 'confirmed' })
    expect(await stored(fleet)).toBe(4)
    await refusal(book(fleet, mondays, {}, await makeUser(db.sys)), 'TRIP_OVERLAP')
  })

  test('a car that needs approval gets a request for each occurrence', async () => {
    const fleet = await fleetOf()
    await db.sys`update cars set instant_booking = false where id = ${firstCar(fleet)}`
    expect((await book(fleet, mondays)).trips.map(({ status }) => status)).toEqual(['requested', 'requested', 'requested', 'requested'])
  })

  test('a fleet books its own use and its renters, a renter neither (FORBIDDEN)', async () => {
    const fleet = await fleetOf()
    const weekly = await book(fleet, mondays, { purpose: 'maintenance', minutes: 60 }, fleet.managerId)
    expect(weekly.trips.map(({ purpose, totalCost }) => [purpose, totalCost])).toEqual(mondays.map(() => ['maintenance', 0]))
    const later = ['2031-06-02T09:00', '2031-06-09T09:00']
    expect((await book(fleet, later, { user_id: renter }, fleet.ownerId)).trips[0]).toMatchObject({ bookedById: renter, totalCost: 5000 })
    for (const actor of [renter, fleet.driverId])
      await refusal(book(fleet, ['2031-07-07T09:00'], { purpose: 'repair' }, actor), 'FORBIDDEN')
    await refusal(book(fleet, ['2031-07-07T09:00'], { user_id: fleet.ownerId }), 'FORBIDDEN')
  })

  test('what one may not see does not exist, and nobody books nothing (NOT_FOUND, UNAUTHENTICATED)', async () => {
    const hidden = await fleetOf({ visibility: 'members' })
    expect((await refusal(book(hidden, mondays), 'NOT_FOUND')).field).toBe('carId')
    const nobody = '0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091'
    expect((await refusal(book(hidden, mondays, { user_id: nobody }, hidden.ownerId), 'NOT_FOUND')).field).toBe('userId')
    await refusal(book(hidden, mondays, {}, nobody), 'UNAUTHENTICATED')
  })

  test('money refuses the series as a whole, also when skipping (NOT_PRICED, PRICE_CHANGED)', async () => {
    await refusal(book(await fleetOf({ priced: false }), mondays, { on_conflict: 'skip' }), 'NOT_PRICED')
    const fleet = await fleetOf()
    const dear = await refusal(book(fleet, mondays, { max_total: 19_999, on_conflict: 'skip' }), 'PRICE_CHANGED')
    expect(dear.details).toMatchObject({ totalCost: 20_000, currency: 'EUR' })
    expect(await stored(fleet)).toBe(0)
    expect((await book(fleet, mondays, { max_total: 20_000 })).trips).toHaveLength(4)
  })

  const many = (count: number) => Array.from({ length: count }, (_, i) => new Date(Date.UTC(2031, 0, 1 + i, 9)).toISOString().slice(0, 16))
  test.each<[string, string, unknown, Record<string, unknown>]>([
    ['NO_OCCURRENCES', 'rrule', [], {}],
    ['TOO_MANY', 'rrule', many(201), {}],
    ['NOT_ASCENDING', 'rrule', [...mondays].reverse(), {}],
    ['BAD_OCCURRENCE', 'rrule', null, {}],
    ['BAD_OCCURRENCE', 'rrule', ['2031-02-29T09:00'], {}],
    ['BAD_OCCURRENCE', 'rrule', ['2031-02-28T09:00Z'], {}],
    ['BAD_OCCURRENCE', 'rrule', [5], {}],
    ['OCCURRENCES_OVERLAP', 'rrule', ['2031-05-05T09:00', '2031-05-05T17:00'], {}],
    ['PERIOD_INVALID', 'localEnd', mondays, { minutes: 0 }],
    ['', 'onConflict', mondays, { on_conflict: 'perhaps' }],
    ['', 'purpose', mondays, { purpose: 'joyride' }],
  ])('refuses what is no series (BAD_INPUT, %s in %s)', async (reason, field, starts, more) => {
    const refused = await refusal(book(await fleetOf(), starts, more), 'BAD_INPUT')
    expect([refused.field, refused.details?.reason ?? '']).toEqual([field, reason])
  })

  test('occurrences may not meet in their buffers either, on a car without back to back (BAD_INPUT, OCCURRENCES_OVERLAP)', async () => {
    const apart = ['2031-05-05T09:00', '2031-05-05T17:30']
    await refusal(book(await fleetOf({ turnaroundMinutes: 30 }), apart), 'BAD_INPUT')
    expect((await book(await fleetOf({ turnaroundMinutes: 30, backToBack: true }), apart)).trips).toHaveLength(2)
  })

  test('200 occurrences are booked in one statement; a rehearsal books none of them (dryRun)', async () => {
    const fleet = await fleetOf()
    const rehearsed = await book(fleet, many(200), { dry_run: true })
    expect([rehearsed.trips.length, await stored(fleet)]).toEqual([200, 0])
    expect((await book(fleet, many(200))).trips).toHaveLength(200)
  })

  test('the same key answers the same series (idempotencyKey, IDEMPOTENCY_KEY_REUSED)', async () => {
    const fleet = await fleetOf()
    const first = await book(fleet, mondays, { idempotency_key: 'series' })
    expect(await book(fleet, mondays, { idempotency_key: 'series' })).toEqual(first)
    await refusal(book(fleet, mondays.slice(1), { idempotency_key: 'series' }), 'IDEMPOTENCY_KEY_REUSED')
    expect(await stored(fleet)).toBe(4)
  })

  test('of series that meet exactly those are whole that came first: sixteen at once, each all or nothing (TRIP_OVERLAP)', async () => {
    const fleet = await fleetOf()
    const outcomes = await Promise.allSettled(
      Array.from({ length: 16 }, (_, i) =>
        book(
          fleet,
          mondays.map((day) => day.replace('09:', `${String(9 + (i % 4)).padStart(2, '0')}:`)),
        ),
      ),
    )
    const whole = outcomes.filter(({ status }) => status === 'fulfilled')
    expect([whole.length, await stored(fleet)]).toEqual([1, 4])
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'TRIP_OVERLAP' })
  })
})
