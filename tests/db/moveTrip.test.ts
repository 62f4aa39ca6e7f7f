// A trip that gets another car: it stays the same trip with the same price, and takes the new car by that car's buffers.
import { call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { bookCar, carOf, day, readTrip } from '../support/booking.ts'
import { openTestDatabase } from '../support/database.ts'
import { as, makeFleet, makeTrip, makeUser, refusal } from '../support/fixtures.ts'

const db = await openTestDatabase()
const renter = await makeUser(db.sys)

type Change = { start_date?: string; end_date?: string; car_id?: string; version?: number; reprice?: boolean; dry_run?: boolean }

const modify = (id: string, change: Change, actor: string) => call(db.api, 'modify_trip_rpc', { trip_id: id, ...change, actor: as(actor) })

describe('modify_trip_rpc with another car', () => {
  test('keeps id, price and lines, counts one version, and frees the car that it leaves', async () => {
    const fleet = await makeFleet(db.sys, { cars: 2 })
    const trip = await bookCar(db, fleet, 0, 1, 3, as(renter))
    const before = await readTrip(db, fleet, trip.id)
    const moved = await modify(trip.id, { car_id: carOf(fleet, 1), version: 1 }, fleet.managerId)
    expect(moved).toMatchObject({ id: trip.id, carId: carOf(fleet, 1), version: 2, totalCost: 10_000, startDate: day(1), endDate: day(3) })
    const after = await readTrip(db, fleet, trip.id)
    expect(after).toEqual({ ...before, carId: carOf(fleet, 1), version: 2, updatedAt: expect.any(String) })
    expect(after.lines.map((line) => line.amount)).toEqual([10_000])
    expect(await bookCar(db, fleet, 0, 1, 3, as(renter))).toMatchObject({ status: 'confirmed' })
    expect(await db.sys`select from private.verify_ids()`).toEqual([])
  })

  test('moves times in the same step, at the rates of the booking', async () => {
    const fleet = await makeFleet(db.sys, { cars: 2 })
    const trip = await bookCar(db, fleet, 0, 1, 3, as(renter))
    const moved = await modify(trip.id, { car_id: carOf(fleet, 1), start_date: day(5), end_date: day(8) }, fleet.ownerId)
    expect(moved).toMatchObject({ carId: carOf(fleet, 1), version: 2, totalCost: 15_000, startDate: day(5), endDate: day(8) })
    const { lines, totalCost } = await readTrip(db, fleet, trip.id)
    expect(lines.reduce((sum, line) => sum + line.amount, 0)).toBe(totalCost)
  })

  test("takes the new car by the new car's buffers and bounds", async () => {
    const fleet = await makeFleet(db.sys, { cars: 2 })
    const trip = await bookCar(db, fleet, 0, 1, 3, as(renter))
    await db.sys`update cars set prep_minutes = 60, turnaround_minutes = 30, back_to_back = true where id = ${carOf(fleet, 1)}`
    const moved = await modify(trip.id, { car_id: carOf(fleet, 1) }, fleet.ownerId)
    expect(moved).toMatchObject({ blockedFrom: day(1, '09:00'), blockedUntil: day(3, '10:30') })
    const [row] = await db.sys<{ open: boolean }[]>`select not upper_inc(blocked) as open from trips where id = ${trip.id}`
    expect(row?.open).toBe(true)
  })

  test("with reprice charges what the new car's plan asks, without it what was agreed", async () => {
    const fleet = await makeFleet(db.sys, { cars: 3 })
    const [plan] = await db.sys<{ id: string }[]>`
      insert into rate_plans (id, fleet_id, name, currency, day_rate, hour_rate, minimum_charge)
      values (private.uuid_v7(), ${fleet.id}, 'Luxury', 'EUR', 9000, 900, 0) returning id`
    await db.sys`update cars set rate_plan_id = ${plan?.id ?? ''} where id in (${carOf(fleet, 1)}, ${carOf(fleet, 2)})`
    const trip = await bookCar(db, fleet, 0, 1, 3, as(renter))
    expect(await modify(trip.id, { car_id: carOf(fleet, 1) }, fleet.ownerId)).toMatchObject({ totalCost: 10_000 })
    expect(await modify(trip.id, { car_id: carOf(fleet, 2), reprice: true }, fleet.ownerId)).toMatchObject({ totalCost: 18_000 })
    const other = await bookCar(db, fleet, 0, 1, 3, as(renter))
    expect(await modify(other.id, { car_id: carOf(fleet, 1), reprice: true }, fleet.ownerId)).toMatchObject({ totalCost: 18_000 })
    expect(await modify(other.id, { end_date: day(4) }, fleet.ownerId)).toMatchObject({ totalCost: 27_000 })
  })

  test('in a dry run answers what it would cost and changes nothing', async () => {
    const fleet = await makeFleet(db.sys, { cars: 2 })
    const trip = await bookCar(db, fleet, 0, 1, 3, as(renter))
    const rehearsed = await modify(trip.id, { car_id: carOf(fleet, 1), end_date: day(6), dry_run: true }, fleet.ownerId)
    expect(rehearsed).toMatchObject({ carId: carOf(fleet, 1), totalCost: 25_000, version: 2 })
    expect(await readTrip(db, fleet, trip.id)).toMatchObject({ carId: carOf(fleet, 0), totalCost: 10_000, version: 1 })
    expect(await bookCar(db, fleet, 1, 1, 3, as(renter))).toMatchObject({ status: 'confirmed' })
  })

  test('refuses a car that is taken, with what is in the way (TRIP_OVERLAP), and changes nothing', async () => {
    const fleet = await makeFleet(db.sys, { cars: 2 })
    const trip = await bookCar(db, fleet, 0, 1, 3, as(renter))
    await bookCar(db, fleet, 1, 2, 4, as(renter))
    const { details } = await refusal(modify(trip.id, { car_id: carOf(fleet, 1) }, fleet.ownerId), 'TRIP_OVERLAP')
    expect(details).toMatchObject({ conflicts: [{ startDate: day(2), endDate: day(4) }], nextFree: day(4, '10:01') })
    expect(await readTrip(db, fleet, trip.id)).toMatchObject({ carId: carOf(fleet, 0), version: 1, totalCost: 10_000 })
  })

  test('refuses another version than the one that was read (VERSION_MISMATCH)', async () => {
    const fleet = await makeFleet(db.sys, { cars: 2 })
    const trip = await bookCar(db, fleet, 0, 1, 3, as(renter))
    const { details } = await refusal(modify(trip.id, { car_id: carOf(fleet, 1), version: 7 }, fleet.ownerId), 'VERSION_MISMATCH')
    expect(details).toEqual({ version: 1 })
  })

  test('refuses a car of another fleet, a retired one and one that does not exist (NOT_FOUND)', async () => {
    const [fleet, other] = [await makeFleet(db.sys, { cars: 2 }), await makeFleet(db.sys)]
    const trip = await bookCar(db, fleet, 0, 1, 3, as(renter))
    await db.sys`update cars set retired_at = now() where id = ${carOf(fleet, 1)}`
    for (const car_id of [carOf(other, 0), carOf(fleet, 1), '0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091']) {
      expect((await refusal(modify(trip.id, { car_id }, fleet.ownerId), 'NOT_FOUND')).field).toBe('carId')
    }
  })

  test('refuses to move a trip that is being driven, or is over (INVALID_STATE)', async () => {
    const fleet = await makeFleet(db.sys, { cars: 2 })
    for (const status of ['active', 'completed', 'cancelled'] as const) {
      const id = await makeTrip(db.sys, fleet, { renterId: renter, start: day(10), end: day(12), status })
      await refusal(modify(id, { car_id: carOf(fleet, 1) }, fleet.ownerId), 'INVALID_STATE')
      await db.sys`delete from trips where id = ${id}`
    }
  })

  test('refuses reprice without a car (BAD_INPUT)', async () => {
    const fleet = await makeFleet(db.sys)
    const trip = await bookCar(db, fleet, 0, 1, 3, as(renter))
    const error = await refusal(modify(trip.id, { end_date: day(4), reprice: true }, fleet.ownerId), 'BAD_INPUT')
    expect([error.field, error.details]).toEqual(['reprice', { reason: 'CAR_REQUIRED' }])
  })

  test('refuses to reprice by a car that has no plan (NOT_PRICED), and lets it be moved there at its own price', async () => {
    const fleet = await makeFleet(db.sys, { cars: 2 })
    const trip = await bookCar(db, fleet, 0, 1, 3, as(renter))
    await db.sys`update car_classes set rate_plan_id = null where fleet_id = ${fleet.id}`
    await refusal(modify(trip.id, { car_id: carOf(fleet, 1), reprice: true }, fleet.ownerId), 'NOT_PRICED')
    expect(await modify(trip.id, { car_id: carOf(fleet, 1) }, fleet.ownerId)).toMatchObject({ totalCost: 10_000 })
  })

  test('is for owners and managers: the renter and a driver look only (FORBIDDEN), a stranger sees nothing (NOT_FOUND)', async () => {
    const fleet = await makeFleet(db.sys, { cars: 2 })
    const trip = await bookCar(db, fleet, 0, 1, 3, as(renter))
    for (const actor of [renter, fleet.driverId]) await refusal(modify(trip.id, { car_id: carOf(fleet, 1) }, actor), 'FORBIDDEN')
    for (const actor of [await makeUser(db.sys), (await makeFleet(db.sys)).ownerId])
      await refusal(modify(trip.id, { car_id: carOf(fleet, 1) }, actor), 'NOT_FOUND')
    for (const [i, actor] of [fleet.ownerId, fleet.managerId].entries())
      expect(await modify(trip.id, { car_id: carOf(fleet, 1 - i) }, actor)).toMatchObject({ version: 2 + i })
  })
})
