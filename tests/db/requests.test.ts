// Requests: a car that is not booked instantly waits for its fleet's answer, and not for ever.
import { describe, expect, test } from 'vitest'
import { inMinutes, passTime } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { firstCar, makeFleet, makeUser, refusal, type TestFleet } from '../support/fixtures.ts'
import { livesOf } from '../support/life.ts'
import { openSuperuser } from '../support/superuser.ts'

const db = await openTestDatabase()
const superuser = openSuperuser(db)
const { hold, create, get, approve, decline, cancel, modify, list } = livesOf(db)
const day = (of: number) => `2031-05-${String(of).padStart(2, '0')}T10:00:00.000Z`

async function scene(): Promise<{ fleet: TestFleet; car: string; renter: string }> {
  const fleet = await makeFleet(db.sys)
  await db.sys`update cars set instant_booking = false where fleet_id = ${fleet.id}`
  return { fleet, car: firstCar(fleet), renter: await makeUser(db.sys) }
}
const minutesUntil = (instant: string | null) => Math.round((Date.parse(instant ?? '') - Date.now()) / 60_000)

describe('create_trip_rpc of a car that needs approval', () => {
  test('is a request, which takes the car until 8 hours from now (TRIP_OVERLAP)', async () => {
    const { car, renter } = await scene()
    const trip = await create(renter, car, day(1), day(3))
    expect(trip).toMatchObject({ status: 'requested', totalCost: 10_000 })
    expect(minutesUntil(trip.respondBy)).toBe(480)
    await refusal(create(await makeUser(db.sys), car, day(2), day(4)), 'TRIP_OVERLAP')
  })

  test('is answered at the latest 2 hours before the start', async () => {
    const { car, renter } = await scene()
    const trip = await create(renter, car, inMinutes(300), inMinutes(600))
    expect(minutesUntil(trip.respondBy)).toBe(180)
  })

  test('is refused where the fleet would have less than 30 minutes, and says from when on it would not (TOO_SOON)', async () => {
    const { car, renter } = await scene()
    const { details, field } = await refusal(create(renter, car, inMinutes(149), inMinutes(600)), 'TOO_SOON')
    expect([field, minutesUntil(String(details?.earliest)) >= 150]).toEqual(['startDate', true])
    expect(await create(renter, car, String(details?.earliest), inMinutes(600))).toMatchObject({ status: 'requested' })
    await refusal(hold(renter, car, inMinutes(149), inMinutes(600)), 'TOO_SOON')
  })

  test('is a booking at once for its fleet, and any other purpose as well', async () => {
    const { fleet, car, renter } = await scene()
    expect(await create(fleet.managerId, car, day(1), day(2), { user_id: renter })).toMatchObject({ status: 'confirmed', respondBy: null })
    expect(await create(fleet.managerId, car, day(5), day(6), { purpose: 'repair' })).toMatchObject({ status: 'confirmed' })
  })

  test("makes a request of the renter's own hold, with the same id", async () => {
    const { car, renter } = await scene()
    const held = await hold(renter, car, day(1), day(3))
    expect(await create(renter, car, day(1), day(3))).toMatchObject({ id: held.id, status: 'requested', version: 2, holdExpiresAt: null })
  })
})

describe('approve_trip_rpc and decline_trip_rpc', () => {
  test('approving makes a booking of it', async () => {
    const { fleet, car, renter } = await scene()
    const { id } = await create(renter, car, day(1), day(3))
    expect(await approve(fleet.managerId, id, { version: 1 })).toMatchObject({ status: 'confirmed', version: 2, totalCost: 10_000 })
    await refusal(approve(fleet.managerId, id), 'INVALID_STATE')
    const { details } = await refusal(decline(fleet.managerId, id), 'INVALID_STATE')
    expect(details).toEqual({ from: 'confirmed', operation: 'decline', allowed: ['cancel', 'modify'] })
  })

  test('declining frees the car at once, costs nothing, and may say why', async () => {
    const { fleet, car, renter } = await scene()
    const { id } = await create(renter, car, day(1), day(3))
    const declined = await decline(fleet.ownerId, id, { reason: '  In the workshop ' })
    expect(declined).toMatchObject({ status: 'declined', cancelReason: 'In the workshop', totalCost: 0 })
    const other = await create(await makeUser(db.sys), car, day(1), day(3))
    expect(await decline(fleet.ownerId, other.id)).toMatchObject({ status: 'declined', cancelReason: null })
    expect((await refusal(decline(fleet.ownerId, other.id, { reason: 'x'.repeat(1001) }), 'BAD_INPUT')).field).toBe('reason')
  })

  test('are refused past the limit, when the request has expired and the car is free (INVALID_STATE)', async () => {
    const { fleet, car, renter } = await scene()
    const { id } = await create(renter, car, day(1), day(3))
    await passTime(superuser, 481)
    expect(await get(renter, id)).toMatchObject({ status: 'expired', version: 2 })
    expect(await list(fleet.driverId, { fleet: fleet.id, status: 'requested' })).toEqual([])
    const { details } = await refusal(approve(fleet.managerId, id), 'INVALID_STATE')
    expect(details).toEqual({ from: 'expired', operation: 'approve', allowed: [] })
    await refusal(decline(fleet.managerId, id), 'INVALID_STATE')
    const shown = await get(renter, id)
    expect(await create(await makeUser(db.sys), car, shown.startDate, shown.endDate)).toMatchObject({ status: 'requested' })
  })

  test('are for owners and managers: the renter, a driver and an administrator look only (FORBIDDEN), a stranger sees nothing (NOT_FOUND), nobody is nobody (UNAUTHENTICATED)', async () => {
    const { fleet, car, renter } = await scene()
    const { id } = await create(renter, car, day(1), day(3))
    const [admin, nobody] = [await makeUser(db.sys, { isAdmin: true }), await makeUser(db.sys, { suspended: true })]
    for (const answer of [approve, decline]) {
      for (const actor of [renter, fleet.driverId, admin]) await refusal(answer(actor, id), 'FORBIDDEN')
      for (const actor of [await makeUser(db.sys), (await makeFleet(db.sys)).ownerId]) await refusal(answer(actor, id), 'NOT_FOUND')
      await refusal(answer(nobody, id), 'UNAUTHENTICATED')
      await refusal(answer(fleet.ownerId, id, { version: 7 }), 'VERSION_MISMATCH')
    }
    expect(await approve(fleet.ownerId, id)).toMatchObject({ status: 'confirmed' })
  })

  test('of many at once exactly one answers, the others find it answered (INVALID_STATE)', async () => {
    const { fleet, car, renter } = await scene()
    const { id } = await create(renter, car, day(1), day(3))
    const results = await Promise.allSettled([approve(fleet.ownerId, id), decline(fleet.managerId, id), approve(fleet.managerId, id)])
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
    expect(await get(renter, id)).toMatchObject({ version: 2 })
  })

  test('a request is not modified (INVALID_STATE) but may be withdrawn for nothing', async () => {
    const { car, renter } = await scene()
    const { id } = await create(renter, car, day(1), day(3))
    await refusal(modify(renter, id, { end_date: day(4) }), 'INVALID_STATE')
    expect(await cancel(renter, id)).toMatchObject({ status: 'cancelled', totalCost: 0 })
  })
})
