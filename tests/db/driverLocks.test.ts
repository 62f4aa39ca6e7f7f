// Whoever is about to change a driver's calendar waits for the driver before touching it: else two of them wait for each other.
import { setTimeout as pause } from 'node:timers/promises'
import { call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { carOf, day } from '../support/booking.ts'
import { inMinutes, passTime } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { as, makeFleet, makeUser, type TestFleet } from '../support/fixtures.ts'
import { livesOf } from '../support/life.ts'
import { openSuperuser } from '../support/superuser.ts'

const db = await openTestDatabase()
const superuser = openSuperuser(db)
const lives = livesOf(db)
const renter = await makeUser(db.sys)

/** Resolves when a call of the API waits for a lock. */
async function waiting(): Promise<void> {
  const blocked = () => superuser`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  while ((await blocked()).length === 0) await pause(5)
}

/** Makes the step wait for the driver, and books the driver meanwhile, as another booking would: it must not wait for the step. */
async function bookDriverBefore(driver: string, at: string, step: () => Promise<unknown>): Promise<unknown> {
  let done: Promise<unknown> = Promise.resolve()
  const booked = await db.sys.begin(async (tx) => {
    await tx`set local lock_timeout = '300ms'`
    await tx`select from users where id = ${driver} for no key update`
    done = step()
    done.catch(() => undefined)
    await waiting()
    return tx`insert into driver_assignments (driver_id, trip_id, period)
              values (${driver}, private.uuid_v7(), tstzrange(${at}, ${at}::timestamptz + interval '1 minute'))
              on conflict on constraint driver_busy do nothing returning trip_id`
  })
  expect(booked).toHaveLength(0)
  return done
}

const driven = async (fleet: TestFleet, start: number, end: number) =>
  lives.create(fleet.ownerId, carOf(fleet, 0), inMinutes(start), inMinutes(end), { user_id: renter, driver_id: fleet.driverId })

describe('no deadlock about a driver', () => {
  test('when a trip starts early', async () => {
    const fleet = await makeFleet(db.sys)
    const trip = await driven(fleet, 20, 180)
    expect(await bookDriverBefore(fleet.driverId, inMinutes(60), () => lives.start(fleet.ownerId, trip.id))).toMatchObject({
      status: 'active',
    })
  })

  test('when a trip is back early', async () => {
    const fleet = await makeFleet(db.sys)
    const trip = await driven(fleet, 20, 180)
    await passTime(superuser, 60)
    await lives.start(fleet.ownerId, trip.id)
    expect(await bookDriverBefore(fleet.driverId, inMinutes(60), () => lives.complete(fleet.ownerId, trip.id))).toMatchObject({
      status: 'completed',
    })
  })

  test('when a request is approved', async () => {
    const fleet = await makeFleet(db.sys)
    await db.sys`update cars set instant_booking = false where fleet_id = ${fleet.id}`
    const trip = await lives.create(renter, carOf(fleet, 0), day(2), day(4), { driver_id: renter })
    expect(await bookDriverBefore(renter, day(3), () => lives.approve(fleet.ownerId, trip.id))).toMatchObject({ status: 'confirmed' })
    await lives.cancel(renter, trip.id)
  })

  test('when a hold with a driver is booked for another period', async () => {
    const fleet = await makeFleet(db.sys)
    await lives.hold(fleet.ownerId, carOf(fleet, 0), day(10), day(12), { user_id: renter, driver_id: fleet.driverId })
    const book = () =>
      call(db.api, 'create_trip_rpc', { car_id: carOf(fleet, 0), start_date: day(10), end_date: day(13), actor: as(renter) })
    expect(await bookDriverBefore(fleet.driverId, day(11), book)).toMatchObject({ status: 'confirmed', driverId: fleet.driverId })
  })
})

test('the sweeper leaves an assignment that somebody is at work on for the next time', async () => {
  const fleet = await makeFleet(db.sys)
  await lives.hold(fleet.ownerId, carOf(fleet, 0), day(20), day(22), { user_id: renter, driver_id: fleet.driverId })
  await passTime(superuser, 60)
  const left = () => db.sys`select from driver_assignments where driver_id = ${fleet.driverId}`
  await superuser.begin(async (tx) => {
    await tx`select from driver_assignments where driver_id = ${fleet.driverId} for update`
    await db.sys.begin(async (sweeper) => {
      await sweeper`set local lock_timeout = '300ms'`
      await sweeper`select private.sweep(100)`
    })
    expect(await left()).toHaveLength(1)
  })
  await db.sys`select private.sweep(100)`
  expect(await left()).toHaveLength(0)
})
