// Handing a car over and taking it back: when, by whom, at which readings, and what that means for the trips beside.
import { describe, expect, test } from 'vitest'
import { inMinutes, passTime } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { firstCar, makeFleet, makeUser, refusal } from '../support/fixtures.ts'
import { livesOf } from '../support/life.ts'
import { openSuperuser } from '../support/superuser.ts'

const db = await openTestDatabase()
const superuser = openSuperuser(db)
const { create, get, start, complete, noShow, cancel, modify, list } = livesOf(db)

const minutesFromNow = (instant: string | null) => Math.round((Date.parse(instant ?? '') - Date.now()) / 60_000) || 0
async function scene(options: Parameters<typeof makeFleet>[1] = {}) {
  const fleet = await makeFleet(db.sys, options)
  return { fleet, car: firstCar(fleet), renter: await makeUser(db.sys) }
}
const odometerOf = async (car: string) => (await db.sys`select odometer from cars where id = ${car}`)[0]?.odometer

describe('start_trip_rpc', () => {
  test('hands the car over from 30 minutes before the start, not earlier (TOO_SOON), and notes the readings', async () => {
    const { car, renter } = await scene()
    const { id, startDate } = await create(renter, car, inMinutes(40), inMinutes(200))
    const { details } = await refusal(start(renter, id), 'TOO_SOON')
    expect(details).toEqual({ earliest: new Date(Date.parse(startDate) - 1_800_000).toISOString() })
    await passTime(superuser, 11)
    const started = await start(renter, id, { odometer: 1200, fuel: 90, version: 1 })
    expect(started).toMatchObject({ status: 'active', version: 2, odometerStart: 1200, fuelStart: 90, odometerEnd: null })
    expect(minutesFromNow(started.startedAt)).toBe(0)
    expect(await odometerOf(car)).toBe(1200)
    const again = await refusal(start(renter, id), 'INVALID_STATE')
    expect(again.details).toEqual({ from: 'active', operation: 'start', allowed: ['complete', 'modify'] })
  })

  test('early takes the car from now on', async () => {
    const { car, renter } = await scene()
    const { id } = await create(renter, car, inMinutes(20), inMinutes(200))
    const started = await start(renter, id)
    expect(started.blockedFrom).toBe(started.startedAt)
    expect(minutesFromNow(started.startDate)).toBe(20)
  })

  test('within its preparation keeps the range as it was', async () => {
    const { car, renter } = await scene({ prepMinutes: 60 })
    const trip = await create(renter, car, inMinutes(20), inMinutes(200))
    expect(await start(renter, trip.id)).toMatchObject({ blockedFrom: trip.blockedFrom, blockedUntil: trip.blockedUntil })
  })

  test('early is refused while the trip before still has the car (TRIP_OVERLAP)', async () => {
    const { fleet, car, renter } = await scene()
    await create(fleet.managerId, car, inMinutes(-100), inMinutes(10), { user_id: renter })
    const { id } = await create(renter, car, inMinutes(20), inMinutes(200))
    await refusal(start(renter, id), 'TRIP_OVERLAP')
    expect(await get(renter, id)).toMatchObject({ status: 'confirmed', version: 1 })
  })

  test('is refused while another trip has not brought the car back: one active trip a car (TRIP_OVERLAP)', async () => {
    const { car, renter } = await scene()
    const first = await create(renter, car, inMinutes(5), inMinutes(50))
    const next = await create(renter, car, inMinutes(60), inMinutes(200))
    await start(renter, first.id)
    await passTime(superuser, 70)
    await refusal(start(renter, next.id), 'TRIP_OVERLAP')
    await complete(renter, first.id)
    expect(await start(renter, next.id)).toMatchObject({ status: 'active' })
  })

  test('refuses an odometer below the last reading and says which that is (ODOMETER_LOW)', async () => {
    const { car, renter } = await scene()
    await db.sys`update cars set odometer = 5000 where id = ${car}`
    const { id } = await create(renter, car, inMinutes(5), inMinutes(50))
    const { field, details } = await refusal(start(renter, id, { odometer: 4999 }), 'ODOMETER_LOW')
    expect([field, details]).toEqual(['odometer', { odometer: 5000 }])
    expect(await start(renter, id, { odometer: 5000 })).toMatchObject({ odometerStart: 5000 })
  })

  test.each([
    [{ odometer: -1 }, 'odometer'],
    [{ odometer: 10_000_001 }, 'odometer'],
    [{ fuel: 101 }, 'fuel'],
    [{ fuel: -1 }, 'fuel'],
  ])('refuses readings that no car shows: %j (BAD_INPUT)', async (readings, field) => {
    const { car, renter } = await scene()
    const { id } = await create(renter, car, inMinutes(5), inMinutes(50))
    expect((await refusal(start(renter, id, readings), 'BAD_INPUT')).field).toBe(field)
  })
})

describe('complete_trip_rpc', () => {
  test('early frees the car at once, after its turnaround; the price stays', async () => {
    const { car, renter } = await scene({ turnaroundMinutes: 30 })
    const trip = await create(renter, car, inMinutes(5), inMinutes(600))
    await start(renter, trip.id, { odometer: 100 })
    await passTime(superuser, 60)
    await refusal(create(renter, car, inMinutes(45), inMinutes(90)), 'TRIP_OVERLAP')
    const done = await complete(renter, trip.id, { odometer: 180, fuel: 40 })
    expect(done).toMatchObject({
      status: 'completed',
      version: 3,
      odometerStart: 100,
      odometerEnd: 180,
      fuelEnd: 40,
      totalCost: trip.totalCost,
    })
    expect([minutesFromNow(done.returnedAt), minutesFromNow(done.blockedUntil), minutesFromNow(done.endDate)]).toEqual([0, 30, 540])
    expect(await odometerOf(car)).toBe(180)
    await refusal(create(renter, car, inMinutes(25), inMinutes(90)), 'TRIP_OVERLAP')
    expect(await create(renter, car, inMinutes(45), inMinutes(90))).toMatchObject({ status: 'confirmed' })
  })

  test('before the start of the trip that began early still works', async () => {
    const { car, renter } = await scene({ backToBack: true })
    const { id } = await create(renter, car, inMinutes(25), inMinutes(600))
    await start(renter, id)
    await passTime(superuser, 5)
    expect(minutesFromNow((await complete(renter, id)).blockedUntil)).toBe(0)
    expect(await create(renter, car, inMinutes(20), inMinutes(50))).toMatchObject({ status: 'confirmed' })
  })

  test('late keeps the car until it could be turned around, and costs what an extension costs', async () => {
    const { car, renter } = await scene({ turnaroundMinutes: 30 })
    const { id, totalCost } = await create(renter, car, inMinutes(5), inMinutes(125))
    await start(renter, id)
    await passTime(superuser, 245)
    const done = await complete(renter, id)
    expect(minutesFromNow(done.blockedUntil)).toBe(30)
    expect(done.totalCost).toBeGreaterThan(totalCost)
    const { lines } = await get(renter, id)
    expect(lines.reduce((sum, line) => sum + line.amount, 0)).toBe(done.totalCost)
    await refusal(create(renter, car, inMinutes(20), inMinutes(60)), 'TRIP_OVERLAP')
  })

  test('late stops at the next trip, which is at risk until it begins', async () => {
    const { car, renter } = await scene({ turnaroundMinutes: 30 })
    const late = await create(renter, car, inMinutes(5), inMinutes(60))
    const next = await create(renter, car, inMinutes(130), inMinutes(300))
    await start(renter, late.id)
    await passTime(superuser, 115)
    const done = await complete(renter, late.id)
    expect(done.blockedUntil).toBe((await get(renter, next.id)).blockedFrom)
    expect(await get(renter, next.id)).toMatchObject({ atRisk: true, version: 2 })
    await refusal(start(renter, next.id), 'TRIP_OVERLAP')
    await passTime(superuser, 15)
    expect(await start(renter, next.id)).toMatchObject({ atRisk: false, status: 'active' })
  })

  test('refuses an odometer below the one at which the trip began (ODOMETER_LOW), and a trip that has not begun (INVALID_STATE)', async () => {
    const { car, renter } = await scene()
    const { id } = await create(renter, car, inMinutes(5), inMinutes(50))
    const { details } = await refusal(complete(renter, id), 'INVALID_STATE')
    expect(details).toEqual({ from: 'confirmed', operation: 'complete', allowed: ['cancel', 'modify', 'start'] })
    await start(renter, id, { odometer: 700 })
    await db.sys`update cars set odometer = 10 where id = ${car}`
    expect((await refusal(complete(renter, id, { odometer: 699 }), 'ODOMETER_LOW')).details).toEqual({ odometer: 700 })
    expect((await refusal(complete(renter, id, { fuel: 200 }), 'BAD_INPUT')).field).toBe('fuel')
    expect(await complete(renter, id, { odometer: 700 })).toMatchObject({ status: 'completed' })
    expect((await refusal(complete(renter, id), 'INVALID_STATE')).details).toMatchObject({ from: 'completed', allowed: [] })
  })
})

describe('a trip after one that is overdue', () => {
  test('is at risk once the overdue one reaches it, and no more when that one is back in time', async () => {
    const { car, renter } = await scene({ turnaroundMinutes: 30 })
    const late = await create(renter, car, inMinutes(5), inMinutes(60))
    const next = await create(renter, car, inMinutes(150), inMinutes(300))
    await start(renter, late.id)
    await passTime(superuser, 105)
    // Whoever books next finds out: 30 minutes of turnaround from now are still before the next trip.
    await create(renter, car, inMinutes(900), inMinutes(960))
    expect(await get(renter, next.id)).toMatchObject({ atRisk: false })
    await passTime(superuser, 30)
    await create(renter, car, inMinutes(1000), inMinutes(1060))
    expect(await get(renter, next.id)).toMatchObject({ atRisk: true })
    await superuser`update trips set turnaround_minutes = 0 where id = ${late.id}`
    await complete(renter, late.id)
    expect(await get(renter, next.id)).toMatchObject({ atRisk: false })
  })
})

describe('no_show_trip_rpc', () => {
  test('frees the car from 30 minutes after the start, not earlier (TOO_SOON); what was booked stays charged', async () => {
    const { fleet, car, renter } = await scene()
    const { id, totalCost, startDate } = await create(renter, car, inMinutes(5), inMinutes(600))
    const { details } = await refusal(noShow(fleet.managerId, id), 'TOO_SOON')
    expect(details).toEqual({ earliest: new Date(Date.parse(startDate) + 1_800_000).toISOString() })
    await passTime(superuser, 36)
    expect(await noShow(fleet.managerId, id, { version: 1 })).toMatchObject({ status: 'no_show', version: 2, totalCost })
    expect(await create(renter, car, inMinutes(5), inMinutes(60))).toMatchObject({ status: 'confirmed' })
    await refusal(noShow(fleet.managerId, id), 'INVALID_STATE')
  })

  test('is no state of what is no rental, nor of a trip that has begun (INVALID_STATE)', async () => {
    const { fleet, car, renter } = await scene()
    const block = await create(fleet.ownerId, car, inMinutes(-60), inMinutes(60), { purpose: 'owner_use' })
    await refusal(noShow(fleet.ownerId, block.id), 'INVALID_STATE')
    const { id } = await create(renter, car, inMinutes(70), inMinutes(200))
    await passTime(superuser, 65)
    await start(renter, id)
    await passTime(superuser, 60)
    await refusal(noShow(fleet.ownerId, id), 'INVALID_STATE')
  })
})

describe('who hands over and takes back', () => {
  test.each(['renter', 'ownerId', 'managerId', 'driverId'] as const)('%s may', async (who) => {
    const { fleet, car, renter } = await scene()
    const actor = who === 'renter' ? renter : fleet[who]
    const { id } = await create(renter, car, inMinutes(5), inMinutes(50))
    expect(await start(actor, id, { odometer: 10 })).toMatchObject({ status: 'active' })
    await passTime(superuser, 120)
    const done = await complete(actor, id, { odometer: 20 })
    expect(done).toMatchObject({ status: 'completed' })
    expect(done.totalCost).toBeGreaterThan(0)
  })

  test('an administrator looks only (FORBIDDEN), a stranger sees nothing (NOT_FOUND), nobody is nobody (UNAUTHENTICATED)', async () => {
    const { fleet, car, renter } = await scene()
    const { id } = await create(renter, car, inMinutes(5), inMinutes(50))
    const [admin, nobody] = [await makeUser(db.sys, { isAdmin: true }), await makeUser(db.sys, { suspended: true })]
    for (const step of [start, complete, noShow]) {
      await refusal(step(admin, id), 'FORBIDDEN')
      for (const actor of [await makeUser(db.sys), (await makeFleet(db.sys)).driverId]) await refusal(step(actor, id), 'NOT_FOUND')
      await refusal(step(nobody, id), 'UNAUTHENTICATED')
      await refusal(step(fleet.managerId, id, { version: 9 }), 'VERSION_MISMATCH')
    }
    for (const actor of [renter, fleet.driverId]) await refusal(noShow(actor, id), 'FORBIDDEN')
  })

  test('a driver does nothing else with a trip (FORBIDDEN)', async () => {
    const { fleet, car, renter } = await scene()
    const { id } = await create(renter, car, inMinutes(5), inMinutes(50))
    await refusal(cancel(fleet.driverId, id, { reason: 'Because' }), 'FORBIDDEN')
    await refusal(modify(fleet.driverId, id, { end_date: inMinutes(60) }), 'FORBIDDEN')
  })
})

describe('what is no rental', () => {
  test('is completed by time, whether or not anybody writes it down', async () => {
    const { fleet, car } = await scene()
    const block = await create(fleet.managerId, car, inMinutes(5), inMinutes(50), { purpose: 'maintenance' })
    await passTime(superuser, 60)
    const shown = await get(fleet.driverId, block.id)
    expect(shown).toMatchObject({ status: 'completed', version: 2, overdue: false, returnedAt: shown.endDate, updatedAt: shown.endDate })
    const lists = () =>
      Promise.all(
        [{}, { car_id: car }].flatMap((given) =>
          ['confirmed', 'completed'].map(async (status) =>
            (await list(fleet.driverId, { fleet: fleet.id, status, ...given })).map(({ id }) => id),
          ),
        ),
      )
    const before = await lists()
    expect(before).toEqual([[], [block.id], [], [block.id]])
    await create(fleet.managerId, car, inMinutes(5), inMinutes(50), { purpose: 'maintenance' })
    expect(await db.sys`select status from trips where id = ${block.id}`).toMatchObject([{ status: 'completed' }])
    expect(await get(fleet.driverId, block.id)).toEqual(shown)
    await refusal(cancel(fleet.managerId, block.id, { reason: 'Too late' }), 'INVALID_STATE')
  })
})
