// The rules of a fleet bind its renters: each refusal with the nearest period that would do, and who may overrule what.
import { call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeUser, refusal, type TestFleet } from '../support/fixtures.ts'

const hour = 3_600_000
const fromNow = (hours: number) => new Date(Math.ceil((Date.now() + hours * hour) / 60_000) * 60_000).toISOString()

describe('rules of a fleet', async () => {
  const db = await openTestDatabase()
  const renter = await makeUser(db.sys)

  /** A fleet in Lisbon with these rules, set by its manager. */
  async function ruled(rules: Record<string, unknown>, timeZone = 'Europe/Lisbon'): Promise<TestFleet> {
    const fleet = await makeFleet(db.sys, { timeZone })
    await call(db.api, 'set_fleet_rules_rpc', { fleet: fleet.slug, rules, actor: as(fleet.managerId) })
    return fleet
  }
  const book = (
    fleet: TestFleet,
    start_date: string,
    end_date: string,
    more: { actor?: string; user_id?: string; purpose?: string } = {},
  ) =>
    call(db.api, 'create_trip_rpc', {
      car_id: firstCar(fleet),
      start_date,
      end_date,
      ...more,
      actor: as(more.actor ?? renter),
    }) as Promise<{ id: string }>

  const weekdays = Object.fromEntries(['mon', 'tue', 'wed', 'thu', 'fri'].map((day) => [day, [['09:00', '18:00']]]))

  test('a trip may begin at opening and end at closing time, by the clock of the car', async () => {
    const fleet = await ruled({ openingHours: weekdays })
    // Monday 5 May 2031; Lisbon is an hour ahead of UTC. In January it is not.
    await expect(book(fleet, '2031-05-05T08:00:00Z', '2031-05-09T17:00:00Z')).resolves.toBeDefined()
    await expect(book(fleet, '2031-01-06T09:00:00Z', '2031-01-06T18:00:00Z')).resolves.toBeDefined()
  })

  test.each([
    ['start before opening', '2031-05-05T07:59Z', '2031-05-05T12:00Z', 'startDate', '2031-05-05T08:00:00.000Z'],
    ['start on a Saturday', '2031-05-10T09:00Z', '2031-05-12T12:00Z', 'startDate', '2031-05-09T17:00:00.000Z'],
    ['end after closing', '2031-05-05T10:00Z', '2031-05-05T17:01Z', 'endDate', '2031-05-05T17:00:00.000Z'],
    ['end on a Sunday', '2031-05-09T10:00Z', '2031-05-11T20:00Z', 'endDate', '2031-05-12T08:00:00.000Z'],
    ['start on a closed day', '2031-05-06T10:00Z', '2031-05-07T12:00Z', 'startDate', '2031-05-05T17:00:00.000Z'],
    ['end before everything that is open', '2031-05-05T16:50Z', '2031-05-06T02:00Z', 'endDate', '2031-05-05T17:00:00.000Z'],
  ])(
    'refuses a trip outside the opening hours and names the nearest legal time (OUTSIDE_HOURS): %s',
    async (_, start, end, field, nearest) => {
      const fleet = await ruled({ openingHours: weekdays, closedDays: ['2031-05-06'] })
      const refused = await refusal(book(fleet, start, end), 'OUTSIDE_HOURS')
      expect([refused.field, refused.details]).toEqual([field, { nearest }])
    },
  )

  test('the nearest end leaves room for the shortest trip, and is null where nothing is legal (OUTSIDE_HOURS)', async () => {
    const fleet = await ruled({ openingHours: weekdays, minMinutes: 120, maxMinutes: 240 })
    const evening = await refusal(book(fleet, '2031-05-05T15:30Z', '2031-05-05T18:00Z'), 'OUTSIDE_HOURS')
    expect(evening.details).toEqual({ nearest: null })
    const closing = await refusal(book(fleet, '2031-05-05T15:00Z', '2031-05-05T18:00Z'), 'OUTSIDE_HOURS')
    expect(closing.details).toEqual({ nearest: '2031-05-05T17:00:00.000Z' })
  })

  test('refuses a trip below the minimum with the nearest legal end (TOO_SHORT)', async () => {
    const fleet = await ruled({ minMinutes: 120, openingHours: weekdays })
    const short = await refusal(book(fleet, '2031-05-05T09:00Z', '2031-05-05T10:59Z'), 'TOO_SHORT')
    expect([short.field, short.details]).toEqual(['endDate', { limit: 120, nearest: '2031-05-05T11:00:00.000Z' }])
    const overnight = await refusal(book(fleet, '2031-05-05T15:30Z', '2031-05-05T17:00Z'), 'TOO_SHORT')
    expect(overnight.details).toEqual({ limit: 120, nearest: '2031-05-06T08:00:00.000Z' })
    await expect(book(fleet, '2031-05-05T09:00Z', '2031-05-05T11:00Z')).resolves.toBeDefined()
  })

  test('refuses a trip above the maximum with the nearest legal end (TOO_LONG)', async () => {
    const fleet = await ruled({ maxMinutes: 2 * 1440 })
    const long = await refusal(book(fleet, '2031-05-05T09:00Z', '2031-05-07T09:01Z'), 'TOO_LONG')
    expect([long.field, long.details]).toEqual(['endDate', { limit: 2880, nearest: '2031-05-07T09:00:00.000Z' }])
    await expect(book(fleet, '2031-05-05T09:00Z', '2031-05-07T09:00Z')).resolves.toBeDefined()
    const ever = await refusal(book(fleet, '2031-05-10T09:00Z', '2033-05-10T09:00Z'), 'TOO_LONG')
    expect(ever.details).toEqual({ maxDays: 366, limit: 527_040, nearest: '2032-05-10T09:00:00.000Z' })
  })

  test('a limit of days is counted by the wall clock: a day is a day when clocks are changed (TOO_LONG, TOO_SHORT)', async () => {
    // Sunday 26 October 2031 has 25 hours in Lisbon, Sunday 30 March 2031 has 23.
    const longest = await ruled({ maxMinutes: 1440 })
    await expect(book(longest, '2031-10-25T10:00:00+01:00', '2031-10-26T10:00:00+00:00')).resolves.toBeDefined()
    const spring = await refusal(book(longest, '2031-03-29T10:00:00+00:00', '2031-03-30T10:01:00+01:00'), 'TOO_LONG')
    expect(spring.details).toEqual({ limit: 1440, nearest: '2031-03-30T09:00:00.000Z' })
    const shortest = await ruled({ minMinutes: 1440 })
    await expect(book(shortest, '2031-03-29T10:00:00+00:00', '2031-03-30T10:00:00+01:00')).resolves.toBeDefined()
    const autumn = await refusal(book(shortest, '2031-10-25T10:00:00+01:00', '2031-10-26T09:59:00+00:00'), 'TOO_SHORT')
    expect(autumn.details).toEqual({ limit: 1440, nearest: '2031-10-26T10:00:00.000Z' })
  })

  test('refuses a start without notice and names the earliest, inside the opening hours (TOO_SOON)', async () => {
    const fleet = await ruled({ noticeMinutes: 180 })
    const refused = await refusal(book(fleet, fromNow(2), fromNow(8)), 'TOO_SOON')
    expect(refused.field).toBe('startDate')
    const earliest = String(refused.details?.earliest)
    expect(Math.abs(Date.parse(earliest) - (Date.now() + 3 * hour))).toBeLessThan(2 * 60_000)
    await expect(book(fleet, earliest, fromNow(10))).resolves.toBeDefined()

    const zone = 'Europe/Lisbon'
    const day = Temporal.Now.plainDateISO(zone).add({ days: 4 })
    const name = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'][day.dayOfWeek - 1] ?? ''
    const weekly = await ruled({ noticeMinutes: 180, openingHours: { [name]: [['09:30', '12:00']] } })
    const later = await refusal(book(weekly, fromNow(2), fromNow(8)), 'TOO_SOON')
    expect(later.details?.earliest).toBe(
      new Date(day.toZonedDateTime({ timeZone: zone, plainTime: '09:30' }).epochMilliseconds).toISOString(),
    )
  })

  test('refuses a start beyond the horizon and names the latest, inside the opening hours (TOO_FAR)', async () => {
    const fleet = await ruled({ horizonDays: 30 })
    const refused = await refusal(book(fleet, fromNow(31 * 24), fromNow(32 * 24)), 'TOO_FAR')
    const latest = String(refused.details?.latest)
    expect([refused.field, Math.abs(Date.parse(latest) - (Date.now() + 30 * 24 * hour)) < 61 * 60_000]).toEqual(['startDate', true])
    await expect(book(fleet, latest, fromNow(32 * 24))).resolves.toBeDefined()

    const zone = 'Europe/Lisbon'
    const day = Temporal.Now.plainDateISO(zone).add({ days: 27 })
    const name = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'][day.dayOfWeek - 1] ?? ''
    const weekly = await ruled({ horizonDays: 30, openingHours: { [name]: [['09:30', '12:00']] } })
    const earlier = await refusal(book(weekly, fromNow(32 * 24), fromNow(33 * 24)), 'TOO_FAR')
    expect(earlier.details?.latest).toBe(
      new Date(day.toZonedDateTime({ timeZone: zone, plainTime: '12:00' }).epochMilliseconds).toISOString(),
    )
  })

  const strict = { openingHours: { mon: [['09:00', '09:01']] }, minMinutes: 600, maxMinutes: 601, noticeMinutes: 5000, horizonDays: 10 }

  test('owners and managers overrule hours, lengths, notice and horizon, for themselves and for a renter', async () => {
    const fleet = await ruled(strict)
    await expect(book(fleet, fromNow(1), fromNow(2), { actor: fleet.ownerId })).resolves.toBeDefined()
    await expect(book(fleet, fromNow(300 * 24), fromNow(310 * 24), { actor: fleet.managerId, user_id: renter })).resolves.toBeDefined()
    await expect(book(fleet, fromNow(5), fromNow(6), { actor: fleet.managerId, purpose: 'repair' })).resolves.toBeDefined()
  })

  test('a driver of the fleet and a stranger are bound like anybody (TOO_SOON)', async () => {
    const fleet = await ruled(strict)
    for (const actor of [fleet.driverId, await makeUser(db.sys)]) await refusal(book(fleet, fromNow(1), fromNow(2), { actor }), 'TOO_SOON')
  })

  test('new rules leave what is booked as it is, and a change is judged only by what it changes (OUTSIDE_HOURS, TOO_LONG)', async () => {
    const fleet = await makeFleet(db.sys)
    const trip = await book(fleet, '2031-05-10T09:00Z', '2031-05-11T09:00Z')
    await call(db.api, 'set_fleet_rules_rpc', {
      fleet: fleet.id,
      rules: { openingHours: weekdays, maxMinutes: 3 * 1440, minMinutes: 2 * 1440 },
      actor: as(fleet.ownerId),
    })
    const modify = (times: { start_date?: string; end_date?: string }) =>
      call(db.api, 'modify_trip_rpc', { trip_id: trip.id, ...times, actor: as(renter) })
    // Saturday's start stays; only the end is judged, and a longer trip may still be below the minimum.
    expect((await refusal(modify({ end_date: '2031-05-11T10:00Z' }), 'OUTSIDE_HOURS')).field).toBe('endDate')
    await expect(modify({ end_date: '2031-05-12T08:00Z' })).resolves.toMatchObject({ endDate: '2031-05-12T08:00:00.000Z' })
    await refusal(modify({ end_date: '2031-05-13T09:01Z' }), 'TOO_LONG')
    expect((await refusal(modify({ start_date: '2031-05-10T10:00Z' }), 'OUTSIDE_HOURS')).field).toBe('startDate')
  })
})
