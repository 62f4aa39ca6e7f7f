// Booking any car of a class through create_trip_in_class_rpc: which car it is, who may, and every refusal.
import { call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeUser, refusal } from '../support/fixtures.ts'
import { at, type Booked, beginning, bookAny, layOut } from '../support/schedule.ts'

describe('create_trip_in_class_rpc', async () => {
  const db = await openTestDatabase()
  const renter = await makeUser(db.sys)
  const stranger = await makeUser(db.sys)
  const day = { from: 0, to: 24 }

  test('books the car whose neighbours leave the least time unused', async () => {
    const fleet = await makeFleet(db.sys, { cars: 4 })
    await layOut(db.sys, fleet, stranger, [
      { car: 0, from: -24, to: -12 },
      { car: 0, from: 36, to: 48 },
      { car: 1, from: -24, to: -1 },
      { car: 1, from: 26, to: 48 },
      { car: 2, from: -24, to: -1 },
    ])
    expect(await bookAny(db.api, fleet, renter, day)).toMatchObject({ carId: fleet.carIds[1], status: 'confirmed', version: 1 })
    // Of the others, car 0 has a neighbour on both sides, car 2 on one, car 3 on none.
    const rest = [
      await bookAny(db.api, fleet, renter, day),
      await bookAny(db.api, fleet, renter, day),
      await bookAny(db.api, fleet, renter, day),
    ]
    expect(rest.map(({ carId }) => carId)).toEqual([fleet.carIds[0], fleet.carIds[2], fleet.carIds[3]])
  })

  test('takes fleet and class by id or slug, charges the price of the chosen car, and may be pinned', async () => {
    const fleet = await makeFleet(db.sys)
    const wish = { start_date: at(0), end_date: at(48), actor: as(renter) }
    const trip = await call(db.api, 'create_trip_in_class_rpc', {
      fleet: fleet.id,
      car_class: fleet.classId,
      ...wish,
      allocation: 'pinned',
    })
    expect(trip).toMatchObject({ carId: firstCar(fleet), bookedById: renter, totalCost: 10_000, currency: 'EUR', pinned: true })
  })

  test('leaves out cars that are retired, without a price, or dearer than maxTotal', async () => {
    const fleet = await makeFleet(db.sys, { cars: 3 })
    const [first, second, third] = fleet.carIds
    await db.sys`update cars set retired_at = now() where id = ${first ?? ''}`
    const [dear] = await db.sys<{ id: string }[]>`
      insert into rate_plans (id, fleet_id, name, currency, day_rate, hour_rate, minimum_charge)
      values (private.uuid_v7(), ${fleet.id}, 'Dear', 'EUR', 9000, 900, 900) returning id`
    await db.sys`update cars set rate_plan_id = ${dear?.id ?? ''} where id = ${second ?? ''}`
    await layOut(db.sys, fleet, stranger, [{ car: 1, from: -24, to: 0 }])
    const cheap = { max_total: 5_000, allocation: 'pinned' } as const
    expect(await bookAny(db.api, fleet, renter, day, cheap)).toMatchObject({ carId: third, totalCost: 5_000 })
    const { details } = await refusal(bookAny(db.api, fleet, renter, day, cheap), 'PRICE_CHANGED')
    expect(details).toMatchObject({ totalCost: 9_000, currency: 'EUR' })
    expect(await bookAny(db.api, fleet, renter, day, { max_total: 9_000 })).toMatchObject({ carId: second, totalCost: 9_000 })
  })

  test('refuses a class none of whose cars has a price (NOT_PRICED)', async () => {
    const fleet = await makeFleet(db.sys, { priced: false })
    await refusal(bookAny(db.api, fleet, renter, day), 'NOT_PRICED')
  })

  test('refuses when every car is taken, and says of what and not by whom (CLASS_FULL)', async () => {
    const fleet = await makeFleet(db.sys)
    await bookAny(db.api, fleet, stranger, day)
    const { details } = await refusal(bookAny(db.api, fleet, renter, day), 'CLASS_FULL')
    expect(details).toMatchObject({ nextFree: at(24), alternatives: [] })
    expect(JSON.stringify(details)).not.toContain(stranger)
  })

  test("a hold that is over is in nobody's way; one that is not is (CLASS_FULL)", async () => {
    const fleet = await makeFleet(db.sys)
    await layOut(db.sys, fleet, stranger, [{ car: 0, from: 0, to: 24, heldFor: 600 }])
    await refusal(bookAny(db.api, fleet, renter, day), 'CLASS_FULL')
    const [id] = await layOut(db.sys, fleet, stranger, [{ car: 0, from: 100, to: 124, heldFor: -1 }])
    expect(await bookAny(db.api, fleet, renter, { from: 99, to: 110 })).toMatchObject({ carId: firstCar(fleet) })
    const [row] = await db.sys`select status from trips where id = ${id ?? ''}`
    expect(row).toEqual({ status: 'expired' })
  })

  test("a renter's own hold of a car of the class becomes the booking", async () => {
    const fleet = await makeFleet(db.sys, { cars: 3 })
    const held = (await call(db.api, 'hold_trip_rpc', {
      car_id: fleet.carIds[1] ?? '',
      start_date: at(0),
      end_date: at(24),
      actor: as(renter),
      minutes: 10,
    })) as Booked
    const period = { start_date: at(0), end_date: at(24) }
    const trip = await call(db.api, 'create_trip_in_class_rpc', { fleet: fleet.slug, car_class: 'van', ...period, actor: as(renter) })
    expect(trip).toMatchObject({ id: held.id, carId: fleet.carIds[1], status: 'confirmed' })
  })

  test('an overdue car is not given away until it could be turned around (CLASS_FULL)', async () => {
    const fleet = await makeFleet(db.sys, { turnaroundMinutes: 120 })
    const origin = Math.floor(Date.now() / 60_000) * 60_000
    const [overdue] = await layOut(db.sys, fleet, stranger, [{ car: 0, from: -48, to: -3, pinned: true, turnaroundMinutes: 120 }], origin)
    await db.sys`update trips set status = 'active', started_at = trip_start_date where id = ${overdue ?? ''}`
    await refusal(bookAny(db.api, fleet, renter, { from: 1, to: 5 }, { origin }), 'CLASS_FULL')
    expect(await bookAny(db.api, fleet, renter, { from: 3, to: 5 }, { origin })).toMatchObject({ carId: firstCar(fleet) })
  })

  test('is a request where the fleet approves, after every car that is booked instantly', async () => {
    const fleet = await makeFleet(db.sys, { cars: 2 })
    await db.sys`update cars set instant_booking = false where id = ${firstCar(fleet)}`
    expect(await bookAny(db.api, fleet, renter, day)).toMatchObject({ carId: fleet.carIds[1], status: 'confirmed' })
    expect(await bookAny(db.api, fleet, renter, day)).toMatchObject({ carId: fleet.carIds[0], status: 'requested' })
    await refusal(bookAny(db.api, fleet, renter, day), 'CLASS_FULL')
  })

  test('is too late where only a car is left whose fleet approves (TOO_SOON)', async () => {
    const fleet = await makeFleet(db.sys)
    await db.sys`update cars set instant_booking = false where id = ${firstCar(fleet)}`
    const origin = Date.now() + 3_600_000
    await refusal(bookAny(db.api, fleet, renter, day, { origin }), 'TOO_SOON')
    expect(await bookAny(db.api, fleet, fleet.managerId, day, { origin })).toMatchObject({ status: 'confirmed' })
  })

  test('books near a place, and a trip that was booked near a place stays near it (CLASS_FULL)', async () => {
    const fleet = await makeFleet(db.sys, { cars: 3 })
    const [lisbon, porto, faro] = fleet.carIds
    await db.sys`
      update cars as c set lat_microdegrees = p.lat, lng_microdegrees = p.lng
        from (values (${lisbon ?? ''}::uuid, 38722252, -9139337), (${porto ?? ''}::uuid, 41157944, -8629105)) as p (id, lat, lng) where c.id = p.id`
    const near = { fleet: fleet.slug, car_class: 'van', lat: 38_700_000, lng: -9_100_000, radius: 20_000, actor: as(renter) }
    const first = await call(db.api, 'create_trip_in_class_rpc', { ...near, start_date: at(1), end_date: at(3) })
    expect(first).toMatchObject({ carId: lisbon, pinned: false })
    // The trip in the way could go to Porto or Faro, were it not for its place.
    await refusal(call(db.api, 'create_trip_in_class_rpc', { ...near, start_date: at(2), end_date: at(6) }), 'CLASS_FULL')
    const anywhere = { fleet: fleet.slug, car_class: 'van', actor: as(renter) }
    const [second, third] = [
      (await call(db.api, 'create_trip_in_class_rpc', { ...anywhere, start_date: at(10), end_date: at(12) })) as Booked,
      (await call(db.api, 'create_trip_in_class_rpc', { ...anywhere, start_date: at(10), end_date: at(12) })) as Booked,
    ]
    const fourth = (await call(db.api, 'create_trip_in_class_rpc', { ...anywhere, start_date: at(10), end_date: at(12) })) as Booked
    expect([second.carId, third.carId, fourth.carId].toSorted()).toEqual([lisbon, porto, faro].toSorted())
    await refusal(call(db.api, 'create_trip_in_class_rpc', { ...near, start_date: at(11), end_date: at(13) }), 'CLASS_FULL')
  })

  test('refuses half a place (BAD_INPUT)', async () => {
    const fleet = await makeFleet(db.sys)
    const wish = { fleet: fleet.slug, car_class: 'van', start_date: at(0), end_date: at(5), actor: as(renter) }
    expect((await refusal(call(db.api, 'create_trip_in_class_rpc', { ...wish, lat: 1 }), 'BAD_INPUT')).field).toBe('lat')
    expect((await refusal(call(db.api, 'create_trip_in_class_rpc', { ...wish, allocation: 'none' }), 'BAD_INPUT')).field).toBe('allocation')
    await refusal(call(db.api, 'create_trip_in_class_rpc', { ...wish, end_date: at(0) }), 'BAD_INPUT')
  })

  test("keeps its fleet's rules (TOO_SOON, TOO_LONG, TOO_SHORT, TOO_FAR, OUTSIDE_HOURS, QUOTA_EXCEEDED)", async () => {
    const fleet = await makeFleet(db.sys, { cars: 9 })
    const set = (rules: Record<string, string | number | null>) => db.sys`update fleets set ${db.sys(rules)} where id = ${fleet.id}`
    await refusal(bookAny(db.api, fleet, renter, day, { origin: Date.now() - 7_200_000 }), 'TOO_SOON')
    await refusal(bookAny(db.api, fleet, renter, { from: 0, to: 24 * 400 }), 'TOO_LONG')
    await set({ min_minutes: 3_000 })
    await refusal(bookAny(db.api, fleet, renter, day), 'TOO_SHORT')
    await set({ min_minutes: null, horizon_days: 30 })
    await refusal(bookAny(db.api, fleet, renter, day), 'TOO_FAR')
    await set({ horizon_days: null, max_open_trips: 1 })
    await bookAny(db.api, fleet, renter, day)
    await refusal(bookAny(db.api, fleet, renter, { from: 100, to: 124 }), 'QUOTA_EXCEEDED')
    await set({ max_open_trips: null })
    await db.sys`update fleets set opening_hours = '{"sun": [["08:00", "09:00"]]}' where id = ${fleet.id}`
    await refusal(bookAny(db.api, fleet, renter, day, { origin: beginning + 86_400_000 }), 'OUTSIDE_HOURS')
  })

  test('keeps a driver from two trips at once (DRIVER_BUSY), and from being named by others (NOT_FOUND)', async () => {
    const fleet = await makeFleet(db.sys, { cars: 3 })
    const wish = { fleet: fleet.slug, car_class: 'van', start_date: at(0), end_date: at(5), actor: as(renter) }
    expect(await call(db.api, 'create_trip_in_class_rpc', { ...wish, driver_id: renter })).toMatchObject({ driverId: renter })
    const { details } = await refusal(call(db.api, 'create_trip_in_class_rpc', { ...wish, driver_id: renter }), 'DRIVER_BUSY')
    expect(details).toMatchObject({ windows: [{ startDate: new Date(at(0)).toISOString() }] })
    expect((await refusal(call(db.api, 'create_trip_in_class_rpc', { ...wish, driver_id: stranger }), 'NOT_FOUND')).field).toBe('driverId')
  })

  test('with a key books once, whatever it was told the first time', async () => {
    const fleet = await makeFleet(db.sys, { cars: 2 })
    const wish = { fleet: fleet.slug, car_class: 'van', start_date: at(0), end_date: at(5), actor: as(renter), idempotency_key: 'once' }
    const trip = await call(db.api, 'create_trip_in_class_rpc', wish)
    expect(await call(db.api, 'create_trip_in_class_rpc', wish)).toEqual(trip)
    expect(await db.sys`select from trips where fleet_id = ${fleet.id}`).toHaveLength(1)
  })

  test('is for anybody who signs in, for somebody else only by owners and managers (UNAUTHENTICATED, FORBIDDEN, NOT_FOUND)', async () => {
    const fleet = await makeFleet(db.sys, { cars: 9 })
    const hidden = await makeFleet(db.sys, { visibility: 'members' })
    const nobody = { fleet: fleet.slug, car_class: 'van', start_date: at(0), end_date: at(5), actor: {} as never }
    await refusal(call(db.api, 'create_trip_in_class_rpc', nobody), 'UNAUTHENTICATED')
    expect(await bookAny(db.api, fleet, renter, day)).toMatchObject({ status: 'confirmed' })
    expect(await bookAny(db.api, fleet, fleet.driverId, day)).toMatchObject({ status: 'confirmed' })
    await refusal(bookAny(db.api, fleet, fleet.driverId, day, { user_id: renter }), 'FORBIDDEN')
    await refusal(bookAny(db.api, fleet, stranger, day, { user_id: renter }), 'FORBIDDEN')
    expect(await bookAny(db.api, fleet, fleet.managerId, day, { user_id: renter })).toMatchObject({ bookedById: renter })
    const unknown = '0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091'
    expect((await refusal(bookAny(db.api, fleet, fleet.ownerId, day, { user_id: unknown }), 'NOT_FOUND')).field).toBe('userId')
    expect((await refusal(bookAny(db.api, hidden, stranger, day), 'NOT_FOUND')).field).toBe('fleet')
    expect(await bookAny(db.api, hidden, hidden.driverId, day)).toMatchObject({ status: 'confirmed' })
    const other = { fleet: fleet.slug, car_class: 'lorry', start_date: at(0), end_date: at(5), actor: as(renter) }
    expect((await refusal(call(db.api, 'create_trip_in_class_rpc', other), 'NOT_FOUND')).field).toBe('carClass')
  })
})
