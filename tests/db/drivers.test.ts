// Drivers: a person is on one trip at a time, whichever cars and fleets the trips belong to, and free again when a trip gives them up.
import { call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { bookCar, carOf, day, readTrip } from '../support/booking.ts'
import { openTestDatabase } from '../support/database.ts'
import { as, makeFleet, makeUser, refusal, sqlstate } from '../support/fixtures.ts'

const db = await openTestDatabase()
const renter = await makeUser(db.sys)

interface Change {
  driver_id?: string
  drop_driver?: boolean
  car_id?: string
  start_date?: string
  end_date?: string
}
const modify = (id: string, change: Change, actor: string) => call(db.api, 'modify_trip_rpc', { trip_id: id, ...change, actor: as(actor) })
const drives = (id: string, driver_id: string, actor: string) => modify(id, { driver_id }, actor)
const busy = async (driver: string) =>
  (await db.sys<{ trip: string }[]>`select trip_id as trip from driver_assignments where driver_id = ${driver}`).map((row) => row.trip)

async function two(cars = 2) {
  const fleet = await makeFleet(db.sys, { cars })
  return { fleet, a: await bookCar(db, fleet, 0, 1, 4, as(renter)), b: await bookCar(db, fleet, 1, 3, 6, as(renter)) }
}

describe('a driver', () => {
  test('is kept from two trips at once (DRIVER_BUSY), with the windows in the way and not whose they are', async () => {
    const { fleet, a, b } = await two()
    expect(await drives(a.id, fleet.driverId, fleet.ownerId)).toMatchObject({ driverId: fleet.driverId, version: 2 })
    const { details, field } = await refusal(drives(b.id, fleet.driverId, fleet.ownerId), 'DRIVER_BUSY')
    expect([field, details]).toEqual(['driverId', { windows: [{ startDate: day(1), endDate: day(4) }] }])
    expect(await readTrip(db, fleet, b.id)).toMatchObject({ driverId: null, version: 1 })
  })

  test('may begin one trip at the very instant at which another ends', async () => {
    const fleet = await makeFleet(db.sys, { cars: 2 })
    const [a, b] = [await bookCar(db, fleet, 0, 1, 3, as(renter)), await bookCar(db, fleet, 1, 3, 5, as(renter))]
    await drives(a.id, fleet.driverId, fleet.ownerId)
    expect(await drives(b.id, fleet.driverId, fleet.ownerId)).toMatchObject({ driverId: fleet.driverId })
  })

  test('is kept from two trips of different fleets as well (DRIVER_BUSY)', async () => {
    const { fleet, a } = await two()
    const other = await makeFleet(db.sys)
    await db.sys`insert into fleet_members (fleet_id, user_id, role) values (${other.id}, ${fleet.driverId}, 'driver')`
    const far = await bookCar(db, other, 0, 2, 3, as(renter))
    await drives(a.id, fleet.driverId, fleet.ownerId)
    await refusal(drives(far.id, fleet.driverId, other.ownerId), 'DRIVER_BUSY')
  })

  test('goes along with the times of a trip: freed where it leaves, refused where they are busy (DRIVER_BUSY)', async () => {
    const { fleet, a, b } = await two()
    await drives(a.id, fleet.driverId, fleet.ownerId)
    await modify(b.id, { start_date: day(5), driver_id: fleet.driverId }, fleet.ownerId)
    await refusal(modify(a.id, { end_date: day(5, '11:00') }, renter), 'DRIVER_BUSY')
    expect(await readTrip(db, fleet, a.id)).toMatchObject({ endDate: day(4), version: 2 })
    await modify(a.id, { start_date: day(7), end_date: day(8) }, renter)
    expect(await modify(b.id, { start_date: day(1) }, renter)).toMatchObject({ startDate: day(1), driverId: fleet.driverId })
  })

  test('goes along to another car, and stays through a swap', async () => {
    const { fleet, a, b } = await two(3)
    await drives(a.id, fleet.driverId, fleet.ownerId)
    await call(db.api, 'swap_trips_rpc', { trip_id: a.id, other_trip_id: b.id, actor: as(fleet.ownerId) })
    await modify(a.id, { car_id: carOf(fleet, 2) }, fleet.ownerId)
    expect(await readTrip(db, fleet, a.id)).toMatchObject({ carId: carOf(fleet, 2), driverId: fleet.driverId })
    expect(await busy(fleet.driverId)).toEqual([a.id])
  })

  test('is replaced, and let go', async () => {
    const { fleet, a, b } = await two()
    await drives(a.id, fleet.driverId, fleet.ownerId)
    await drives(a.id, fleet.managerId, fleet.ownerId)
    expect(await drives(b.id, fleet.driverId, fleet.ownerId)).toMatchObject({ driverId: fleet.driverId })
    expect(await modify(b.id, { drop_driver: true }, fleet.ownerId)).toMatchObject({ driverId: null })
    expect([await busy(fleet.driverId), await busy(fleet.managerId)]).toEqual([[], [a.id]])
  })

  test('is free again once the trip is cancelled', async () => {
    const { fleet, a, b } = await two()
    await drives(a.id, fleet.driverId, fleet.ownerId)
    await call(db.api, 'cancel_trip_rpc', { trip_id: a.id, actor: as(renter) })
    expect(await drives(b.id, fleet.driverId, fleet.ownerId)).toMatchObject({ driverId: fleet.driverId })
  })

  test('is the renter or a member of the fleet; nobody makes a stranger busy (NOT_FOUND)', async () => {
    const { fleet, a } = await two()
    expect(await drives(a.id, renter, renter)).toMatchObject({ driverId: renter })
    for (const driver of [fleet.ownerId, fleet.managerId, fleet.driverId, renter])
      expect(await drives(a.id, driver, fleet.managerId)).toMatchObject({ driverId: driver })
    const stranger = await makeUser(db.sys)
    for (const actor of [fleet.ownerId, renter]) expect((await refusal(drives(a.id, stranger, actor), 'NOT_FOUND')).field).toBe('driverId')
    await refusal(drives(a.id, fleet.driverId, renter), 'NOT_FOUND')
    await db.sys`update users set suspended_at = now() where id = ${fleet.driverId}`
    await refusal(drives(a.id, fleet.driverId, fleet.ownerId), 'NOT_FOUND')
  })

  test('of many bookings that want them at once gets exactly one', async () => {
    const fleet = await makeFleet(db.sys, { cars: 6 })
    const trips = await Promise.all(fleet.carIds.map((_, n) => bookCar(db, fleet, n, 1 + n, 8, as(renter))))
    const results = await Promise.allSettled(trips.map((trip) => drives(trip.id, fleet.driverId, fleet.ownerId)))
    const words = results.map((result) => (result.status === 'fulfilled' ? 'drives' : String(result.reason.code)))
    expect(words.sort()).toEqual([...Array(5).fill('DRIVER_BUSY'), 'drives'])
    expect(await busy(fleet.driverId)).toHaveLength(1)
  })
})

describe('driver_assignments', () => {
  const assign = (driver: string, period: string, expires: string | null = null) =>
    db.sys`insert into driver_assignments (driver_id, trip_id, period, expires_at) values (${driver}, private.uuid_v7(), ${period}, ${expires})`

  test('cannot hold two periods of one driver that overlap, whoever writes (23P01)', async () => {
    const driver = await makeUser(db.sys)
    await assign(driver, '[2031-05-01, 2031-05-03)')
    expect(await sqlstate(assign(driver, '[2031-05-02, 2031-05-04)'))).toBe('23P01')
  })

  test.each(['empty', '(,2031-05-03)', '[2031-05-01,)', '[2031-05-01, infinity)', '[2031-05-01, 2031-05-03]'])(
    'refuse the period %s, which would evade that (23514)',
    async (period) => {
      expect(await sqlstate(assign(await makeUser(db.sys), period))).toBe('23514')
    },
  )

  test('of a hold whose time is over makes nobody busy', async () => {
    const { fleet, a } = await two()
    await assign(fleet.driverId, '[2031-05-01, 2031-05-30)', '2020-01-01T00:00Z')
    expect(await drives(a.id, fleet.driverId, fleet.ownerId)).toMatchObject({ driverId: fleet.driverId })
    expect(await busy(fleet.driverId)).toEqual([a.id])
  })
})
