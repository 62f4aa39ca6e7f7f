// Holds: a car is kept for some minutes, at most three for each renter, and a dead hold is gone whoever looks.
import { describe, expect, test } from 'vitest'
import { inMinutes, passTime } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { relayAll } from '../support/events.ts'
import { firstCar, makeFleet, makeUser, refusal } from '../support/fixtures.ts'
import { livesOf } from '../support/life.ts'
import { openSuperuser } from '../support/superuser.ts'

const db = await openTestDatabase({ poolSize: 12 })
const superuser = openSuperuser(db)
const { hold, create, get, cancel, modify, list } = livesOf(db)
const day = (of: number, hour = '10:00') => `2031-05-${String(of).padStart(2, '0')}T${hour}:00.000Z`

describe('hold_trip_rpc', () => {
  test('keeps the car for ten minutes at a price: others are refused (TRIP_OVERLAP)', async () => {
    const [fleet, renter, other] = [await makeFleet(db.sys), await makeUser(db.sys), await makeUser(db.sys)]
    const held = await hold(renter, firstCar(fleet), day(1), day(3))
    expect(held).toMatchObject({ status: 'held', version: 1, totalCost: 10_000, respondBy: null })
    const left = Date.parse(held.holdExpiresAt ?? '') - Date.now()
    expect(left).toBeGreaterThan(9 * 60_000)
    expect(left).toBeLessThanOrEqual(10 * 60_000)
    await refusal(create(other, firstCar(fleet), day(2), day(4)), 'TRIP_OVERLAP')
    await refusal(hold(other, firstCar(fleet), day(2), day(4)), 'TRIP_OVERLAP')
    await refusal(hold(renter, firstCar(fleet), day(2), day(4)), 'TRIP_OVERLAP')
  })

  test.each([0, -1, 31, 2_147_483_647])('of %i minutes is refused (BAD_INPUT)', async (minutes) => {
    const fleet = await makeFleet(db.sys)
    expect((await refusal(hold(await makeUser(db.sys), firstCar(fleet), day(1), day(2), { minutes }), 'BAD_INPUT')).field).toBe('minutes')
  })

  test('a fourth one is refused, and there is room again when one ends (QUOTA_EXCEEDED)', async () => {
    const [fleet, renter] = [await makeFleet(db.sys, { cars: 5 }), await makeUser(db.sys)]
    const [a = '', b = '', c = '', d = ''] = fleet.carIds
    const first = await hold(renter, a, day(1), day(2))
    await hold(renter, b, day(1), day(2))
    await hold(renter, b, day(5), day(6))
    expect((await refusal(hold(renter, d, day(1), day(2)), 'QUOTA_EXCEEDED')).details).toEqual({ limit: 3 })
    await cancel(renter, first.id)
    await hold(renter, c, day(1), day(2), { minutes: 1 })
    await refusal(hold(renter, d, day(1), day(2)), 'QUOTA_EXCEEDED')
    await passTime(superuser, 2)
    expect(await hold(renter, d, day(1), day(2))).toMatchObject({ status: 'held' })
  })

  test('of ten at once on ten cars exactly three are kept (QUOTA_EXCEEDED)', async () => {
    const [fleet, renter] = [await makeFleet(db.sys, { cars: 10 }), await makeUser(db.sys)]
    const results = await Promise.allSettled(fleet.carIds.map((car) => hold(renter, car, day(1), day(2))))
    const words = results.map((result) => (result.status === 'fulfilled' ? result.value.status : String(result.reason.code)))
    expect(words.sort()).toEqual([...Array<string>(7).fill('QUOTA_EXCEEDED'), 'held', 'held', 'held'])
  })

  test("a fleet's own are not limited, and do not count where their owner rents elsewhere", async () => {
    const [fleet, other] = [await makeFleet(db.sys, { cars: 5 }), await makeFleet(db.sys)]
    for (const car of fleet.carIds) expect(await hold(fleet.managerId, car, day(1), day(2))).toMatchObject({ status: 'held' })
    expect(await hold(fleet.managerId, firstCar(other), day(1), day(2))).toMatchObject({ status: 'held' })
  })

  test("what a fleet holds for somebody does not count as theirs: nobody's three are used up by a stranger's fleet", async () => {
    const [fleet, other, renter] = [await makeFleet(db.sys, { cars: 5 }), await makeFleet(db.sys, { cars: 4 }), await makeUser(db.sys)]
    for (const car of fleet.carIds) await hold(fleet.managerId, car, day(1), day(2), { user_id: renter })
    const [a = '', b = '', c = '', d = ''] = other.carIds
    await hold(renter, a, day(1), day(2))
    await relayAll(db.sys)
    for (const car of [b, c]) await hold(renter, car, day(1), day(2))
    await refusal(hold(renter, d, day(1), day(2)), 'QUOTA_EXCEEDED')
  })

  test('is for renters themselves, and for a fleet on behalf of a renter (FORBIDDEN, NOT_FOUND, UNAUTHENTICATED)', async () => {
    const [fleet, renter] = [await makeFleet(db.sys, { visibility: 'members' }), await makeUser(db.sys)]
    const car = firstCar(fleet)
    await refusal(hold(renter, car, day(1), day(2)), 'NOT_FOUND')
    await refusal(hold(fleet.driverId, car, day(1), day(2), { user_id: renter }), 'FORBIDDEN')
    expect(await hold(fleet.managerId, car, day(1), day(2), { user_id: renter })).toMatchObject({ status: 'held', bookedById: renter })
    expect((await refusal(hold(fleet.managerId, car, day(5), day(6), { user_id: car }), 'NOT_FOUND')).field).toBe('userId')
    await refusal(hold(await makeUser(db.sys, { suspended: true }), car, day(1), day(2)), 'UNAUTHENTICATED')
  })

  test.each([
    ['reversed', day(3), day(2), 'BAD_INPUT'],
    ['past', '2020-01-01T10:00Z', '2020-01-02T10:00Z', 'TOO_SOON'],
    ['longer than 366 days', day(1), '2033-01-01T10:00Z', 'TOO_LONG'],
  ] as const)('refuses a period that is %s', async (_, start, end, code) => {
    await refusal(hold(await makeUser(db.sys), firstCar(await makeFleet(db.sys)), start, end), code)
  })

  test('refuses a car without a price (NOT_PRICED) and a price above the most one would pay (PRICE_CHANGED)', async () => {
    const renter = await makeUser(db.sys)
    await refusal(hold(renter, firstCar(await makeFleet(db.sys, { priced: false })), day(1), day(2)), 'NOT_PRICED')
    await refusal(hold(renter, firstCar(await makeFleet(db.sys)), day(1), day(2), { max_total: 4999 }), 'PRICE_CHANGED')
  })

  test('names a driver, who is busy then (DRIVER_BUSY)', async () => {
    const [fleet, renter] = [await makeFleet(db.sys, { cars: 2 }), await makeUser(db.sys)]
    const [one = '', two = ''] = fleet.carIds
    expect(await hold(renter, one, day(1), day(3), { driver_id: renter })).toMatchObject({ driverId: renter })
    await refusal(hold(renter, two, day(2), day(4), { driver_id: renter }), 'DRIVER_BUSY')
    expect((await refusal(hold(renter, two, day(2), day(4), { driver_id: fleet.driverId }), 'NOT_FOUND')).field).toBe('driverId')
  })
})

describe('a hold past its limit', () => {
  test('is expired for whoever reads, and for every list, though nobody has written it down', async () => {
    const [fleet, renter] = [await makeFleet(db.sys), await makeUser(db.sys)]
    const held = await hold(renter, firstCar(fleet), day(1), day(3), { minutes: 1 })
    await passTime(superuser, 2)
    const [row] = await db.sys`select status, version from trips where id = ${held.id}`
    expect(row).toEqual({ status: 'held', version: 1 })
    const shown = await get(renter, held.id)
    expect(shown).toMatchObject({ status: 'expired', version: 2, updatedAt: shown.holdExpiresAt })
    for (const [actor, given] of [
      [renter, {}],
      [renter, { car_id: firstCar(fleet) }],
      [fleet.ownerId, { fleet: fleet.id }],
    ] as const) {
      expect((await list(actor, given)).map((trip) => trip.status)).toEqual(['expired'])
      expect((await list(actor, { ...given, status: 'expired' })).map((trip) => trip.id)).toEqual([held.id])
      expect(await list(actor, { ...given, status: 'held' })).toEqual([])
    }
  })

  test('does not block: whoever books first has the car, and it is written down', async () => {
    const [fleet, renter, other] = [await makeFleet(db.sys), await makeUser(db.sys), await makeUser(db.sys)]
    const held = await hold(renter, firstCar(fleet), day(1), day(3), { minutes: 1 })
    await passTime(superuser, 2)
    const shown = await get(renter, held.id)
    expect(await create(other, firstCar(fleet), day(2), day(4))).toMatchObject({ status: 'confirmed' })
    const [row] = await db.sys`select status, version from trips where id = ${held.id}`
    expect(row).toEqual({ status: 'expired', version: 2 })
    expect(await get(renter, held.id)).toEqual(shown)
  })

  test('cannot be booked nor cancelled any more (INVALID_STATE), and its version is the one that is shown', async () => {
    const [fleet, renter] = [await makeFleet(db.sys), await makeUser(db.sys)]
    const held = await hold(renter, firstCar(fleet), day(1), day(3), { minutes: 1 })
    await passTime(superuser, 2)
    const { details } = await refusal(cancel(renter, held.id, { version: 2 }), 'INVALID_STATE')
    expect(details).toEqual({ from: 'expired', operation: 'cancel', allowed: [] })
    await refusal(cancel(renter, held.id, { version: 1 }), 'VERSION_MISMATCH')
    const booked = await create(renter, firstCar(fleet), day(1), day(3))
    expect(booked.id).not.toBe(held.id)
  })

  test('is not listed among what stands in the way', async () => {
    const [fleet, renter, other] = [await makeFleet(db.sys), await makeUser(db.sys), await makeUser(db.sys)]
    await hold(renter, firstCar(fleet), day(1), day(3), { minutes: 1 })
    await passTime(superuser, 2)
    const booked = await create(other, firstCar(fleet), day(4), day(6))
    const { details } = await refusal(create(other, firstCar(fleet), day(2), day(5)), 'TRIP_OVERLAP')
    expect(details?.conflicts).toEqual([{ startDate: booked.blockedFrom, endDate: booked.blockedUntil }])
  })
})

describe("a renter's own hold", () => {
  test('becomes the booking: same id, at the price of the hold, also when the car has lost its price and the start has come', async () => {
    const [fleet, renter] = [await makeFleet(db.sys), await makeUser(db.sys)]
    const [start, end] = [inMinutes(3), inMinutes(60 * 24 + 3)]
    const held = await hold(renter, firstCar(fleet), start, end)
    await db.sys`update car_classes set rate_plan_id = null where fleet_id = ${fleet.id}`
    await passTime(superuser, 5)
    const shown = await get(renter, held.id)
    const booked = await create(renter, firstCar(fleet), shown.startDate, shown.endDate)
    expect(booked).toMatchObject({ id: held.id, status: 'confirmed', version: 2, totalCost: 5000, holdExpiresAt: null })
    expect((await get(renter, held.id)).lines).toEqual(shown.lines)
  })

  test('becomes the booking for other times as well, at a new price; the lines say what changes, and a later change counts from there', async () => {
    const [fleet, renter] = [await makeFleet(db.sys), await makeUser(db.sys)]
    const held = await hold(renter, firstCar(fleet), day(1), day(3))
    expect(await create(renter, firstCar(fleet), day(2), day(5))).toMatchObject({ id: held.id, totalCost: 15_000, startDate: day(2) })
    expect((await get(renter, held.id)).lines.map((line) => [line.kind, line.amount])).toEqual([
      ['day', 10_000],
      ['day', 5000],
    ])
    expect(await modify(renter, held.id, { end_date: day(6) })).toMatchObject({ totalCost: 20_000 })
  })

  test('the first of several becomes the booking, the others are given up and cost nothing', async () => {
    const [fleet, renter] = [await makeFleet(db.sys), await makeUser(db.sys)]
    const car = firstCar(fleet)
    const second = await hold(renter, car, day(4), day(6))
    const first = await hold(renter, car, day(1), day(3))
    const later = await hold(renter, car, day(20), day(21))
    expect(await create(renter, car, day(2), day(5))).toMatchObject({ id: first.id, status: 'confirmed' })
    expect(await get(renter, second.id)).toMatchObject({ status: 'cancelled', totalCost: 0 })
    expect(await get(renter, later.id)).toMatchObject({ status: 'held' })
  })

  test('gives way only to their own booking: what somebody else has stands in the way (TRIP_OVERLAP), and the hold stays', async () => {
    const [fleet, renter, other] = [await makeFleet(db.sys), await makeUser(db.sys), await makeUser(db.sys)]
    const held = await hold(renter, firstCar(fleet), day(1), day(3))
    await create(other, firstCar(fleet), day(4), day(6))
    await refusal(create(renter, firstCar(fleet), day(2), day(5)), 'TRIP_OVERLAP')
    expect(await get(renter, held.id)).toMatchObject({ status: 'held', version: 1, startDate: day(1) })
  })

  test("is not booked above the most one would pay (PRICE_CHANGED), and a fleet's member books the renter's hold", async () => {
    const [fleet, renter] = [await makeFleet(db.sys), await makeUser(db.sys)]
    const held = await hold(renter, firstCar(fleet), day(1), day(3))
    expect((await refusal(create(renter, firstCar(fleet), day(1), day(3), { max_total: 9999 }), 'PRICE_CHANGED')).details).toMatchObject({
      totalCost: 10_000,
    })
    const booked = await create(fleet.managerId, firstCar(fleet), day(1), day(3), { user_id: renter })
    expect(booked).toMatchObject({ id: held.id, status: 'confirmed', bookedById: renter })
  })

  test('costs nothing to give up', async () => {
    const [fleet, renter] = [await makeFleet(db.sys), await makeUser(db.sys)]
    const held = await hold(renter, firstCar(fleet), day(1), day(3))
    expect(await cancel(renter, held.id)).toMatchObject({ status: 'cancelled', totalCost: 0 })
  })
})
