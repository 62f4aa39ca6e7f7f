// What a rental costs: expectations worked out by hand, then a second implementation on Temporal for a thousand periods.
import { call } from '@fleetflow/db'
import type postgres from 'postgres'
import { describe, expect, test } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeUser, refusal, type TestFleet } from '../support/fixtures.ts'
import { sequence } from '../support/random.ts'
import { openSuperuser } from '../support/superuser.ts'

interface Rates {
  day: number
  hour: number
  minimum: number
}

const standard: Rates = { day: 5000, hour: 800, minimum: 1000 }
/** So cheap by the hour that the cap of a day is far away and every hour shows. */
const hourly: Rates = { day: 5000, hour: 100, minimum: 0 }

type Lines = Record<string, [quantity: number, unitAmount: number, amount: number]>

interface Case {
  what: string
  zone: string
  rates: Rates
  start: string
  end: string
  lines: Lines
}

const days = (n: number, rates = standard): Lines => ({ day: [n, rates.day, n * rates.day] })
const hours = (n: number, rates = standard): Lines => ({ hour: [n, rates.hour, n * rates.hour] })
const minimum = (amount: number): Lines => ({ minimum: [1, amount, amount] })

/** In Lisbon in January the wall clock is UTC. */
const inJanuary = (what: string, from: string, to: string, lines: Lines, rates = standard): Case => ({
  what,
  zone: 'Europe/Lisbon',
  rates,
  start: `2031-01-${from}Z`,
  end: `2031-01-${to}Z`,
  lines,
})

const plain: Case[] = [
  inJanuary('a minute: one started hour, filled up to the minimum', '06T10:00', '06T10:01', { ...hours(1), ...minimum(200) }),
  inJanuary('an hour', '06T10:00', '06T11:00', { ...hours(1), ...minimum(200) }),
  inJanuary('a microsecond more than an hour: two started hours, above the minimum', '06T10:00', '06T11:00:00.000001', hours(2)),
  inJanuary('six hours: 4,800, less than a day', '06T10:00', '06T16:00', hours(6)),
  inJanuary('a second more than six hours: 5,600, capped at a day', '06T10:00', '06T16:00:01', days(1)),
  inJanuary('a minute less than a day', '06T10:00', '07T09:59', days(1)),
  inJanuary('a day', '06T10:00', '07T10:00', days(1)),
  inJanuary('a day and 59 minutes: the grace is free', '06T10:00', '07T10:59', days(1)),
  inJanuary('a day, 59 minutes and a microsecond: an hour', '06T10:00', '07T10:59:00.000001', { ...days(1), ...hours(1) }),
  inJanuary('a day and six hours', '06T10:00', '07T16:00', { ...days(1), ...hours(6) }),
  inJanuary('a day and seven hours: capped at another day', '06T10:00', '07T17:00', days(2)),
  inJanuary('a week', '06T10:00', '13T10:00', days(7)),
  inJanuary('59 minutes under a day: the grace comes after days only', '06T10:00', '06T10:59', { ...hours(1), ...minimum(200) }),
  inJanuary(
    'hours as dear as a day: the day is written',
    '06T10:00',
    '06T11:00',
    { day: [1, 800, 800] },
    { day: 800, hour: 800, minimum: 0 },
  ),
  inJanuary(
    'less than the minimum for days as well',
    '06T10:00',
    '08T10:00',
    { ...days(2), ...minimum(90_000) },
    { ...standard, minimum: 100_000 },
  ),
  inJanuary('nothing', '06T10:00', '06T12:00', { day: [1, 0, 0] }, { day: 0, hour: 0, minimum: 0 }),
]

const night = (zone: string, what: string, start: string, end: string, lines: Lines, rates = hourly): Case => ({
  what,
  zone,
  rates,
  start,
  end,
  lines,
})

const clockChanges: Case[] = [
  night('Europe/Berlin', 'Saturday to Sunday, 23 hours', '2031-03-29T10:00+01:00', '2031-03-30T10:00+02:00', days(1)),
  night('Europe/Berlin', 'Saturday to Sunday, 25 hours', '2031-10-25T10:00+02:00', '2031-10-26T10:00+01:00', days(1)),
  night('America/New_York', 'Saturday to Sunday, 23 hours', '2031-03-08T10:00-05:00', '2031-03-09T10:00-04:00', days(1)),
  night('America/New_York', 'Saturday to Sunday, 25 hours', '2031-11-01T10:00-04:00', '2031-11-02T10:00-05:00', days(1)),
  night('Australia/Lord_Howe', 'Saturday to Sunday, 24.5 hours', '2031-04-05T10:00+11:00', '2031-04-06T10:00+10:30', days(1)),
  night('Australia/Lord_Howe', 'Saturday to Sunday, 23.5 hours', '2031-10-04T10:00+10:30', '2031-10-05T10:00+11:00', days(1)),
  night(
    'Europe/Berlin',
    'a night of 6 hours by the clock and 5 in fact',
    '2031-03-29T22:00+01:00',
    '2031-03-30T04:00+02:00',
    hours(5, hourly),
  ),
  night(
    'Europe/Berlin',
    'a night of 6 hours by the clock and 7 in fact',
    '2031-10-25T22:00+02:00',
    '2031-10-26T04:00+01:00',
    hours(7, hourly),
  ),
  night('Europe/Berlin', 'a day, then 6 hours by the clock and 5 in fact', '2031-03-28T22:00+01:00', '2031-03-30T04:00+02:00', {
    ...days(1),
    ...hours(5, hourly),
  }),
  night('Australia/Lord_Howe', 'a day, then 6 hours by the clock and 6.5 in fact', '2031-04-04T22:00+11:00', '2031-04-06T04:00+10:30', {
    ...days(1),
    ...hours(7, hourly),
  }),
  night(
    'Europe/Berlin',
    '20 minutes of the hour that comes twice, the first time',
    '2031-10-26T02:30+02:00',
    '2031-10-26T02:50+02:00',
    hours(1, hourly),
  ),
  night(
    'Europe/Berlin',
    'from the first 02:30 to the second: an hour',
    '2031-10-26T02:30+02:00',
    '2031-10-26T02:30+01:00',
    hours(1, hourly),
  ),
  night('Europe/Berlin', 'from the first 02:30 to 03:30: two hours', '2031-10-26T02:30+02:00', '2031-10-26T03:30+01:00', hours(2, hourly)),
  night('Europe/Berlin', 'from the second 02:30 to 03:30: one hour', '2031-10-26T02:30+01:00', '2031-10-26T03:30+01:00', hours(1, hourly)),
  night('Europe/Berlin', 'a day that ends at the first 02:30', '2031-10-25T02:30+02:00', '2031-10-26T02:30+02:00', days(1)),
  night('Europe/Berlin', 'a day and an hour, to the second 02:30', '2031-10-25T02:30+02:00', '2031-10-26T02:30+01:00', {
    ...days(1),
    ...hours(1, hourly),
  }),
  night('Europe/Berlin', 'a day that ends in the skipped hour, read as 03:30', '2031-03-29T02:30+01:00', '2031-03-30T03:30+02:00', days(1)),
  night('Europe/Berlin', 'half an hour less', '2031-03-29T02:30+01:00', '2031-03-30T03:00+02:00', hours(24, hourly)),
  night('Europe/Lisbon', 'over 29 February', '2032-02-28T10:00Z', '2032-03-01T10:00Z', days(2)),
  night('Europe/Lisbon', 'where there is no 29 February', '2031-02-28T10:00Z', '2031-03-01T10:00Z', days(1)),
  night('Asia/Tokyo', 'days of the zone of the car and not of UTC', '2031-01-06T23:30+09:00', '2031-01-08T23:30+09:00', days(2)),
]

describe('the price of a rental', async () => {
  const db = await openTestDatabase()
  const superuser = openSuperuser(db)
  const renter = await makeUser(db.sys)

  test.each([...plain, ...clockChanges])('$zone: $what', async ({ zone, rates, start, end, lines }) => {
    const fleet = await pricedFleet(db, zone, rates)
    const book = { car_id: firstCar(fleet), start_date: start, end_date: end, actor: as(renter) }
    const trip = (await call(db.api, 'create_trip_rpc', book)) as { id: string; totalCost: number }
    const stored = (await call(db.api, 'get_trip_rpc', { trip_id: trip.id, actor: as(renter) })) as StoredTrip
    expect(Object.fromEntries(stored.lines.map((l) => [l.kind, [l.quantity, l.unitAmount, l.amount]]))).toEqual(lines)
    expect(trip.totalCost).toBe(Object.values(lines).reduce((sum, [, , amount]) => sum + amount, 0))
  })

  test('is refused where the car, its class and its fleet have no plan (NOT_PRICED); the nearest plan wins', async () => {
    const fleet = await makeFleet(db.sys, { priced: false })
    let at = 1
    const book = () => {
      const day = String(at++).padStart(2, '0')
      const args = { car_id: firstCar(fleet), start_date: `2031-01-${day}T10:00Z`, end_date: `2031-01-${day}T20:00Z`, actor: as(renter) }
      return call(db.api, 'create_trip_rpc', args)
    }
    await refusal(book(), 'NOT_PRICED')
    const plan = async (name: string, day: number) => {
      const [row] = await db.sys<{ id: string }[]>`
        insert into rate_plans (id, fleet_id, name, currency, day_rate, hour_rate, minimum_charge)
        values (private.uuid_v7(), ${fleet.id}, ${name}, 'EUR', ${day}, ${day}, 0) returning id`
      return row?.id ?? ''
    }
    await db.sys`update fleets set rate_plan_id = ${await plan('of the fleet', 100)} where id = ${fleet.id}`
    expect(await book()).toMatchObject({ totalCost: 100 })
    await db.sys`update car_classes set rate_plan_id = ${await plan('of the class', 200)} where fleet_id = ${fleet.id}`
    expect(await book()).toMatchObject({ totalCost: 200 })
    await db.sys`update cars set rate_plan_id = ${await plan('of the car', 300)} where fleet_id = ${fleet.id}`
    expect(await book()).toMatchObject({ totalCost: 300 })
  })

  test('is refused above max_total (PRICE_CHANGED) and stored at it', async () => {
    const fleet = await makeFleet(db.sys)
    const args = { car_id: firstCar(fleet), start_date: '2031-01-06T10:00Z', end_date: '2031-01-07T10:00Z', actor: as(renter) }
    const { details } = await refusal(call(db.api, 'create_trip_rpc', { ...args, max_total: 4999 }), 'PRICE_CHANGED')
    expect(details).toMatchObject({ totalCost: 5000, currency: 'EUR', quote: { totalCost: 5000 } })
    expect(await call(db.api, 'create_trip_rpc', { ...args, max_total: 5000 })).toMatchObject({ totalCost: 5000 })
  })

  test('is the same as a second implementation computes, for a thousand periods around clock changes in seven zones', async () => {
    const samples = samplePeriods(1000)
    const computed = await computeAll(superuser, samples)
    const expected = samples.map((sample) => reference(sample))
    expect(new Set(expected).size).toBeGreaterThan(50)
    expect(computed.map((total, i) => ({ ...samples[i], total }))).toEqual(samples.map((sample, i) => ({ ...sample, total: expected[i] })))
  })
})

interface StoredTrip {
  lines: { kind: string; quantity: number; unitAmount: number; amount: number }[]
}

async function pricedFleet(db: TestDatabase, zone: string, { day, hour, minimum: least }: Rates): Promise<TestFleet> {
  const fleet = await makeFleet(db.sys, { timeZone: zone })
  const [plan] = await db.sys<{ id: string }[]>`
    insert into rate_plans (id, fleet_id, name, currency, day_rate, hour_rate, minimum_charge)
    values (private.uuid_v7(), ${fleet.id}, 'Tested', 'EUR', ${day}, ${hour}, ${least}) returning id`
  await db.sys`update cars set rate_plan_id = ${plan?.id ?? null} where fleet_id = ${fleet.id}`
  return fleet
}

const zones = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/St_Johns',
  'Pacific/Chatham',
  'Asia/Kathmandu',
  'UTC',
] as const
/** Changes of 2024 in those zones, and an ordinary day. */
const around = [
  '2024-03-31T01:00Z',
  '2024-10-27T01:00Z',
  '2024-03-10T07:00Z',
  '2024-11-03T06:00Z',
  '2024-04-06T15:00Z',
  '2024-10-05T15:30Z',
  '2024-07-01T00:00Z',
] as const

/** Periods near a clock change: half of them up to a day long, half up to a week. */
function samplePeriods(count: number): Sample[] {
  const next = sequence(2031)
  const one = <T>(of: readonly [T, ...T[]]): T => of[next(of.length)] ?? of[0]
  return Array.from({ length: count }, () => {
    const start = Date.parse(one(around)) + (next(3 * 1440 + 240) - 3 * 1440) * 60_000
    const minutes = 1 + next(next(2) === 0 ? 1600 : 10_000)
    return { zone: one(zones), start: new Date(start).toISOString(), end: new Date(start + minutes * 60_000).toISOString() }
  })
}

type Sample = { zone: string; start: string; end: string }

async function computeAll(superuser: postgres.Sql, samples: Sample[]): Promise<number[]> {
  const rows = await superuser<{ total: number }[]>`
    select (private.price_rental('{"dayRate": 5000, "hourRate": 130, "minimumCharge": 200}', s.zone, s.starts, s.ends, '[]', now()) ->> 'total')::integer as total
      from unnest(${samples.map((s) => s.zone)}::text[], ${samples.map((s) => s.start)}::timestamptz[], ${samples.map((s) => s.end)}::timestamptz[])
           with ordinality as s (zone, starts, ends, n)
     order by s.n`
  return rows.map((row) => row.total)
}

/** The rule of the price once more: whole days by the wall clock, the rest in real time, with Temporal's reading of doubled and skipped times. */
function reference({ zone, start, end }: Sample): number {
  const from = Temporal.Instant.from(start).toZonedDateTimeISO(zone)
  const to = Temporal.Instant.from(end)
  let whole = 0
  while (Temporal.Instant.compare(from.add({ days: whole + 1 }).toInstant(), to) <= 0) whole += 1
  const restMinutes = to.since(from.add({ days: whole }).toInstant()).total('minutes')
  const started = whole > 0 && restMinutes <= 59 ? 0 : Math.ceil(restMinutes / 60)
  return Math.max(200, whole * 5000 + Math.min(started * 130, 5000))
}
