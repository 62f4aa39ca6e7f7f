// Quotes: a price promised for 15 minutes, one renter, one car, one period and one booking; and what refusals about prices carry.
import { randomUUID } from 'node:crypto'
import { call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makePlan, makeUser, refusal, type TestFleet } from '../support/fixtures.ts'
import { openSuperuser } from '../support/superuser.ts'

interface Quote {
  id: string
  totalCost: number
  currency: string
  lines: { kind: string; description: string; quantity: number; unitAmount: number; amount: number }[]
  extras: { code: string; quantity: number }[]
  expiresAt: string
  createdAt: string
}
interface Trip {
  id: string
  totalCost: number
  lines: Quote['lines']
}

const rules = {
  extras: [
    { code: 'seat', name: 'Child seat', per: 'day', amount: 500 },
    { code: 'box', name: 'Roof box', per: 'trip', amount: 3000 },
  ],
}
const period = { start_date: '2031-05-02T10:00:00Z', end_date: '2031-05-05T10:00:00Z' }

describe('quote_trip_rpc', async () => {
  const db = await openTestDatabase()
  const superuser = openSuperuser(db)
  const renter = await makeUser(db.sys)
  const other = await makeUser(db.sys)

  const priced = async (): Promise<TestFleet> => {
    const fleet = await makeFleet(db.sys, { cars: 2 })
    await db.sys`update car_classes set rate_plan_id = ${await makePlan(db.sys, fleet, { rules })} where id = ${fleet.classId}`
    return fleet
  }
  const dearer = async (fleet: TestFleet) => {
    const plan = await makePlan(db.sys, fleet, { version: 3, day: 9900, rules })
    await db.sys`update car_classes set rate_plan_id = ${plan} where id = ${fleet.classId}`
  }
  const quote = async (fleet: TestFleet, rest: object = {}, actor = renter) =>
    (await call(db.api, 'quote_trip_rpc', { car_id: firstCar(fleet), ...period, actor: as(actor), ...rest })) as Quote
  const book = (fleet: TestFleet, rest: object = {}, actor = renter) =>
    call(db.api, 'create_trip_rpc', { car_id: firstCar(fleet), ...period, actor: as(actor), ...rest }) as Promise<Trip>
  const linesOf = async (id: string) => {
    const { lines } = (await call(db.api, 'get_trip_rpc', { trip_id: id, actor: as(renter) })) as Trip
    return lines.map(({ kind, description, quantity, unitAmount, amount }) => ({ kind, description, quantity, unitAmount, amount }))
  }
  const stored = async (fleet: TestFleet) => (await db.sys`select id, trip_id from quotes where fleet_id = ${fleet.id} order by id`).length

  test('promises lines and total for 15 minutes, and the booking is charged them also when rates have changed', async () => {
    const fleet = await priced()
    const promised = await quote(fleet, { extras: [{ code: 'seat', quantity: 2 }, { code: 'box' }] })
    expect(promised).toMatchObject({
      totalCost: 21_000,
      currency: 'EUR',
      extras: [
        { code: 'seat', quantity: 2 },
        { code: 'box', quantity: 1 },
      ],
      lines: [
        { kind: 'day', description: 'Days', quantity: 3, unitAmount: 5000, amount: 15_000 },
        { kind: 'extra', description: 'Child seat', quantity: 6, unitAmount: 500, amount: 3000 },
        { kind: 'extra', description: 'Roof box', quantity: 1, unitAmount: 3000, amount: 3000 },
      ],
      offeredExtras: rules.extras,
      ratePlanVersion: 2,
    })
    expect(Date.parse(promised.expiresAt) - Date.parse(promised.createdAt)).toBe(15 * 60_000)
    await dearer(fleet)
    expect(await quote(fleet)).toMatchObject({ totalCost: 29_700 })
    const trip = await book(fleet, { quote_id: promised.id })
    expect(trip.totalCost).toBe(promised.totalCost)
    expect(await linesOf(trip.id)).toEqual(promised.lines)
    expect(
      await db.sys`select extras, rate_plan_id = (select rate_plan_id from quotes where id = ${promised.id}) as same from trips where id = ${trip.id}`,
    ).toEqual([{ extras: promised.extras, same: true }])
  })

  test('is good once: the second booking is refused with a fresh quote that can be booked (QUOTE_USED)', async () => {
    const fleet = await priced()
    const { id } = await quote(fleet)
    const trip = await book(fleet, { quote_id: id })
    await call(db.api, 'cancel_trip_rpc', { trip_id: trip.id, actor: as(renter) })
    await dearer(fleet)
    const { details } = await refusal(book(fleet, { quote_id: id }), 'QUOTE_USED')
    const fresh = details?.quote as Quote
    expect(fresh.totalCost).toBe(29_700)
    expect((await book(fleet, { quote_id: fresh.id })).totalCost).toBe(29_700)
  })

  test('of two bookings at once with one quote only one gets it (QUOTE_USED)', async () => {
    const fleet = await priced()
    const { id } = await quote(fleet)
    const results = await Promise.allSettled([1, 2, 3, 4].map(() => book(fleet, { quote_id: id })))
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
    expect(await db.sys`select count(*)::int as used from quotes where id = ${id} and trip_id is not null`).toEqual([{ used: 1 }])
  })

  test('is given back when the booking is refused, so that it can be used for the next try', async () => {
    const fleet = await priced()
    const { id } = await quote(fleet)
    const inTheWay = await book(fleet, {}, other)
    await refusal(book(fleet, { quote_id: id }), 'TRIP_OVERLAP')
    await call(db.api, 'cancel_trip_rpc', { trip_id: inTheWay.id, actor: as(other) })
    expect((await book(fleet, { quote_id: id })).totalCost).toBe(15_000)
  })

  test('ends after 15 minutes, and the refusal carries a fresh one with the same extras (QUOTE_EXPIRED)', async () => {
    const fleet = await priced()
    const { id } = await quote(fleet, { extras: [{ code: 'seat' }] })
    await db.admin`set role fleetflow_owner`
    await db.admin`alter table quotes no force row level security`
    await db.admin`update quotes set expires_at = now() where id = ${id}`
    await db.admin`alter table quotes force row level security`
    await db.admin`reset role`
    const { details } = await refusal(book(fleet, { quote_id: id }), 'QUOTE_EXPIRED')
    const fresh = details?.quote as Quote
    expect(fresh).toMatchObject({ totalCost: 16_500, extras: [{ code: 'seat', quantity: 1 }] })
    expect((await book(fleet, { quote_id: fresh.id })).totalCost).toBe(16_500)
  })

  test('a price above max_total is refused with a stored quote (PRICE_CHANGED); at it the trip is booked', async () => {
    const fleet = await priced()
    const { details } = await refusal(book(fleet, { max_total: 14_999 }), 'PRICE_CHANGED')
    const fresh = details?.quote as Quote
    expect(details).toMatchObject({ totalCost: 15_000, currency: 'EUR', quote: { totalCost: 15_000 } })
    expect((await book(fleet, { quote_id: fresh.id, max_total: 15_000 })).totalCost).toBe(15_000)
  })

  test('a rehearsal stores no quote, and its refusal carries one that promises nothing (PRICE_CHANGED)', async () => {
    const fleet = await priced()
    const { details } = await refusal(book(fleet, { max_total: 1, dry_run: true }), 'PRICE_CHANGED')
    expect(details).toMatchObject({ quote: { id: null, totalCost: 15_000 } })
    expect(await stored(fleet)).toBe(0)
  })

  test('a preview says the same price and stores nothing', async () => {
    const fleet = await priced()
    const { lines, totalCost } = await quote(fleet)
    expect(await quote(fleet, { preview: true })).toMatchObject({ id: null, expiresAt: null, lines, totalCost })
    expect(await stored(fleet)).toBe(1)
  })

  test('one key makes one quote', async () => {
    const fleet = await priced()
    const first = await quote(fleet, { idempotency_key: 'once' })
    expect(await quote(fleet, { idempotency_key: 'once' })).toEqual(first)
    expect(await stored(fleet)).toBe(1)
  })

  test("another renter's, another car's and an unknown quote are not there (NOT_FOUND)", async () => {
    const fleet = await priced()
    const { id } = await quote(fleet)
    for (const wrong of [
      () => book(fleet, { quote_id: id }, other),
      () => book(fleet, { quote_id: id, car_id: fleet.carIds[1] }),
      () => book(fleet, { quote_id: randomUUID() }),
      () => book(fleet, { quote_id: id }, fleet.managerId),
    ]) {
      expect((await refusal(wrong(), 'NOT_FOUND')).field).toBe('quoteId')
    }
  })

  test('another period and other extras are not what was quoted (BAD_INPUT, QUOTE_MISMATCH); the same in another order is', async () => {
    const fleet = await priced()
    const { id } = await quote(fleet, { extras: [{ code: 'seat' }, { code: 'box' }] })
    for (const change of [
      { end_date: '2031-05-05T11:00:00Z' },
      { extras: [] },
      { extras: [{ code: 'seat', quantity: 2 }, { code: 'box' }] },
    ]) {
      const { field, details } = await refusal(book(fleet, { quote_id: id, ...change }), 'BAD_INPUT')
      expect([field, details]).toEqual(['quoteId', { reason: 'QUOTE_MISMATCH' }])
    }
    expect((await book(fleet, { quote_id: id, extras: [{ code: 'box' }, { code: 'seat', quantity: 1 }] })).totalCost).toBe(19_500)
  })

  test('beneath the functions, too, a quote shows itself to its renter and to owners and managers only', async () => {
    const fleet = await priced()
    await quote(fleet)
    const seenBy = (userId: string) =>
      superuser.begin(async (tx) => {
        await tx`set local role fleetflow_fn`
        await tx`select set_config('fleetflow.uid', ${userId}, true)`
        return (await tx`select from quotes where fleet_id = ${fleet.id}`).length
      })
    const seen = await Promise.all([renter, fleet.ownerId, fleet.managerId, fleet.driverId, other].map(seenBy))
    expect(seen).toEqual([1, 1, 1, 0, 0])
  })

  test('a member quotes for a renter, who books with it; so may the member', async () => {
    const fleet = await priced()
    const forRenter = await quote(fleet, { user_id: renter }, fleet.managerId)
    expect((await book(fleet, { quote_id: forRenter.id })).totalCost).toBe(15_000)
    const again = await quote(
      fleet,
      { user_id: renter, start_date: '2031-06-02T10:00:00Z', end_date: '2031-06-03T10:00:00Z' },
      fleet.ownerId,
    )
    const dates = { start_date: '2031-06-02T10:00:00Z', end_date: '2031-06-03T10:00:00Z' }
    expect((await book(fleet, { quote_id: again.id, user_id: renter, ...dates }, fleet.managerId)).totalCost).toBe(5000)
  })

  test('nobody gets none (UNAUTHENTICATED); a stranger none for somebody else, nor a driver (FORBIDDEN)', async () => {
    const fleet = await priced()
    await refusal(quote(fleet, {}, randomUUID()), 'UNAUTHENTICATED')
    await refusal(quote(fleet, { user_id: renter }, other), 'FORBIDDEN')
    await refusal(quote(fleet, { user_id: renter }, fleet.driverId), 'FORBIDDEN')
  })

  test('a hidden or retired car, and an unknown renter, are not there (NOT_FOUND)', async () => {
    const hidden = await makeFleet(db.sys, { visibility: 'members' })
    expect((await refusal(quote(hidden), 'NOT_FOUND')).field).toBe('carId')
    const fleet = await priced()
    await db.sys`update cars set retired_at = now() where id = ${firstCar(fleet)}`
    expect((await refusal(quote(fleet, {}, fleet.ownerId), 'NOT_FOUND')).field).toBe('carId')
    expect((await refusal(quote(fleet, { car_id: fleet.carIds[1], user_id: randomUUID() }, fleet.ownerId), 'NOT_FOUND')).field).toBe(
      'userId',
    )
  })

  test('refuses what could not be booked: the past (TOO_SOON), more than a year (TOO_LONG), no price (NOT_PRICED)', async () => {
    const fleet = await priced()
    await refusal(quote(fleet, { start_date: '2020-05-02T10:00:00Z', end_date: '2020-05-03T10:00:00Z' }), 'TOO_SOON')
    await refusal(quote(fleet, { end_date: '2032-05-05T10:00:00Z' }), 'TOO_LONG')
    await refusal(quote(await makeFleet(db.sys, { priced: false })), 'NOT_PRICED')
  })

  test('refuses a renter what a rule of the fleet forbids: closed (OUTSIDE_HOURS), TOO_SHORT, TOO_FAR; its members may', async () => {
    const fleet = await priced()
    const openingHours = { mon: [['08:00', '12:00']], fri: [['08:00', '12:00']] }
    const rules = { minMinutes: 120, horizonDays: 3650, openingHours }
    await call(db.api, 'set_fleet_rules_rpc', { fleet: fleet.slug, rules, actor: as(fleet.managerId) })
    await quote(fleet)
    await refusal(quote(fleet, { end_date: '2031-05-06T10:00:00Z' }), 'OUTSIDE_HOURS')
    await refusal(quote(fleet, { end_date: '2031-05-02T10:30:00Z' }), 'TOO_SHORT')
    await refusal(quote(fleet, { start_date: '2051-05-05T10:00:00Z', end_date: '2051-05-08T10:00:00Z' }), 'TOO_FAR')
    expect((await quote(fleet, { end_date: '2031-05-06T10:00:00Z' }, fleet.ownerId)).totalCost).toBe(20_000)
  })

  test.each([
    ['UNKNOWN_EXTRA', [{ code: 'sauna' }]],
    ['TWICE', [{ code: 'seat' }, { code: 'seat', quantity: 2 }]],
    ['MALFORMED', [{ code: 'seat', quantity: 0 }]],
    ['MALFORMED', { code: 'seat' }],
  ])('refuses extras that nobody offers (BAD_INPUT, %s)', async (reason, extras) => {
    const fleet = await priced()
    for (const wrong of [quote, book]) {
      const { field, details } = await refusal(wrong(fleet, { extras }), 'BAD_INPUT')
      expect([field, details]).toEqual(['extras', { reason }])
    }
  })

  test('refuses a price that JSON could not say exactly (BAD_INPUT, AMOUNT_TOO_LARGE)', async () => {
    const fleet = await makeFleet(db.sys)
    const plan = await makePlan(db.sys, fleet, {
      day: 1_000_000_000_000,
      rules: {
        weekdays: Array(7).fill(10_000_000),
        fees: [
          { name: 'Fee', ppm: 1_000_000 },
          { name: 'Again', ppm: 1_000_000 },
        ],
      },
    })
    await db.sys`update cars set rate_plan_id = ${plan} where id = ${firstCar(fleet)}`
    const { details } = await refusal(quote(fleet, { end_date: '2032-05-01T10:00:00Z' }), 'BAD_INPUT')
    expect(details).toEqual({ reason: 'AMOUNT_TOO_LARGE' })
  })
})
