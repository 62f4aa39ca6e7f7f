// Blocks: a car out of service, the plan for the trips in the way, and everything that makes a plan stale.
import { call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { type BookedTrip, bookCar, carOf, day, readTrip } from '../support/booking.ts'
import { openTestDatabase } from '../support/database.ts'
import { as, makeFleet, makeTrip, makeUser, refusal, type TestFleet } from '../support/fixtures.ts'

interface Block {
  trip: BookedTrip | null
  inTheWay: { tripId: string; version: number; targetCarId: string | null; pinned: boolean; status: string; purpose: string }[]
  plan: { moves: { tripId: string; version: number; carId: string }[] } | null
}

const db = await openTestDatabase()
const renter = await makeUser(db.sys)

type More = { plan?: unknown; dry_run?: boolean; purpose?: string; note?: string; start_date?: string; end_date?: string; actor?: string }
const block = async (fleet: TestFleet, { actor, ...more }: More = {}) =>
  (await call(db.api, 'block_car_rpc', {
    car_id: carOf(fleet, 0),
    start_date: day(10),
    end_date: day(20),
    actor: as(actor ?? fleet.managerId),
    ...more,
  })) as Block
const plan = (fleet: TestFleet) => block(fleet, { dry_run: true })
/** Two trips in the way of the block, and one that is not. */
async function busy(cars = 3, options: Parameters<typeof makeFleet>[1] = {}) {
  const fleet = await makeFleet(db.sys, { cars, ...options })
  const a = await bookCar(db, fleet, 0, 9, 11, as(renter))
  const b = await bookCar(db, fleet, 0, 14, 16, as(renter))
  await bookCar(db, fleet, 0, 22, 23, as(renter))
  return { fleet, a, b }
}

describe('block_car_rpc', () => {
  test.each(['maintenance', 'repair', 'owner_use'])('stores %s of a car that nobody has, at no cost, with its note', async (purpose) => {
    const fleet = await makeFleet(db.sys)
    expect(await block(fleet, { purpose, note: ' Brakes ' })).toMatchObject({
      trip: { carId: carOf(fleet, 0), purpose, status: 'confirmed', totalCost: 0, note: 'Brakes', startDate: day(10), endDate: day(20) },
      inTheWay: [],
      plan: null,
    })
    await refusal(bookCar(db, fleet, 0, 12, 13, as(renter)), 'TRIP_OVERLAP')
  })

  test('in a dry run of a free car answers the block and stores nothing', async () => {
    const fleet = await makeFleet(db.sys)
    expect(await plan(fleet)).toMatchObject({ trip: { status: 'confirmed' }, inTheWay: [], plan: null })
    expect(await bookCar(db, fleet, 0, 12, 13, as(renter))).toMatchObject({ status: 'confirmed' })
  })

  test('in a dry run lists the trips in the way with their targets, and the plan moves them all and stores the block', async () => {
    const { fleet, a, b } = await busy()
    const found = await plan(fleet)
    expect(found.trip).toBeNull()
    expect(found.inTheWay).toMatchObject([
      { tripId: a.id, version: 1, status: 'confirmed', purpose: 'rental', pinned: true, startDate: day(9), endDate: day(11) },
      { tripId: b.id, version: 1 },
    ])
    expect(found.plan?.moves).toEqual(found.inTheWay.map((t) => ({ tripId: t.tripId, version: 1, carId: t.targetCarId })))
    expect(await readTrip(db, fleet, a.id)).toMatchObject({ carId: carOf(fleet, 0), version: 1 })
    const done = await block(fleet, { plan: found.plan })
    expect(done).toMatchObject({ trip: { purpose: 'maintenance', carId: carOf(fleet, 0) }, inTheWay: found.inTheWay, plan: found.plan })
    for (const { tripId, targetCarId } of found.inTheWay)
      expect(await readTrip(db, fleet, tripId)).toMatchObject({
        carId: targetCarId,
        version: 2,
        totalCost: 10_000,
        lines: [{ amount: 10_000 }],
      })
  })

  test('rehearses a plan as well: everything is answered and nothing done', async () => {
    const { fleet, a } = await busy()
    const found = await plan(fleet)
    expect(await block(fleet, { plan: found.plan, dry_run: true })).toMatchObject({ trip: { status: 'confirmed' } })
    expect(await readTrip(db, fleet, a.id)).toMatchObject({ carId: carOf(fleet, 0), version: 1 })
  })

  test('takes the target that fits best: where the least time is left over', async () => {
    const { fleet, a, b } = await busy(4)
    await bookCar(db, fleet, 2, 6, 8, as(renter))
    await bookCar(db, fleet, 2, 12, 13, as(renter))
    await bookCar(db, fleet, 3, 12, 13, as(renter))
    await bookCar(db, fleet, 3, 17, 18, as(renter))
    const { inTheWay } = await plan(fleet)
    expect(inTheWay.map((t) => [t.tripId, t.targetCarId])).toEqual([
      [a.id, carOf(fleet, 2)],
      [b.id, carOf(fleet, 3)],
    ])
  })

  test('uses targets consistently: two trips that would meet on one, which needs longer between trips, get different cars', async () => {
    const { fleet } = await busy(3)
    await db.sys`update cars set turnaround_minutes = 4320 where id <> ${carOf(fleet, 0)} and fleet_id = ${fleet.id}`
    const found = await plan(fleet)
    expect(new Set(found.inTheWay.map((t) => t.targetCarId)).size).toBe(2)
    expect(await block(fleet, { plan: found.plan })).toMatchObject({ trip: { status: 'confirmed' } })
  })

  test('finds no target and no plan where none is free, of another class or retired; without a plan that is refused (TRIP_OVERLAP)', async () => {
    const { fleet, a } = await busy(4)
    await bookCar(db, fleet, 1, 10, 15, as(renter))
    await db.sys`update cars set retired_at = now() where id = ${carOf(fleet, 2)}`
    await db.sys`with c as (insert into car_classes (id, fleet_id, slug, name) values (private.uuid_v7(), ${fleet.id}, 'truck', 'Truck') returning id)
                 update cars set car_class_id = c.id from c where cars.id = ${carOf(fleet, 3)}`
    const found = await plan(fleet)
    expect([found.plan, found.inTheWay.map((t) => t.targetCarId)]).toEqual([null, [null, null]])
    const { details } = await refusal(block(fleet), 'TRIP_OVERLAP')
    expect(details?.conflicts).toContainEqual({ startDate: day(9), endDate: day(11) })
    expect(await readTrip(db, fleet, a.id)).toMatchObject({ carId: carOf(fleet, 0), version: 1 })
  })

  test('never moves a trip that is being driven or is over, nor another block: no target, no plan', async () => {
    for (const status of ['active', 'completed'] as const) {
      const fleet = await makeFleet(db.sys, { cars: 2 })
      await makeTrip(db.sys, fleet, { renterId: renter, start: day(9), end: day(11), status })
      expect(await plan(fleet)).toMatchObject({ inTheWay: [{ status, targetCarId: null }], plan: null })
    }
    const fleet = await makeFleet(db.sys, { cars: 2 })
    await block(fleet, { start_date: day(19), end_date: day(21), purpose: 'repair' })
    expect(await plan(fleet)).toMatchObject({ inTheWay: [{ purpose: 'repair', targetCarId: null }], plan: null })
  })

  const spoilers: [what: string, change: string, spoil: (fleet: TestFleet, a: BookedTrip, target: string) => Promise<unknown>][] = [
    ['a new trip in the way', 'NEW', (fleet) => bookCar(db, fleet, 0, 18, 19, as(renter))],
    ['a trip of it is cancelled', 'GONE', (_, a) => call(db.api, 'cancel_trip_rpc', { trip_id: a.id, actor: as(renter) })],
    [
      'a trip of it has another car',
      'GONE',
      (fleet, a, car_id) => call(db.api, 'modify_trip_rpc', { trip_id: a.id, car_id, actor: as(fleet.ownerId) }),
    ],
    [
      'a trip of it has another version',
      'CHANGED',
      (_, a) => call(db.api, 'modify_trip_rpc', { trip_id: a.id, end_date: day(12), actor: as(renter) }),
    ],
    ['a trip of it has begun', 'CHANGED', async (_, a) => await db.sys`update trips set status = 'active' where id = ${a.id}`],
    ['a target is booked', 'TARGET_TAKEN', (fleet, _, target) => bookCar(db, fleet, fleet.carIds.indexOf(target), 8, 10, as(renter))],
    [
      'a target is retired',
      'TARGET_TAKEN',
      async (_f, _a, target) => await db.sys`update cars set retired_at = now() where id = ${target}`,
    ],
  ]
  test.each(spoilers)('refuses a plan after %s (PLAN_STALE: %s), and moves nothing', async (_, change, spoil) => {
    const { fleet, a, b } = await busy()
    const found = await plan(fleet)
    await spoil(fleet, a, found.plan?.moves[0]?.carId ?? '')
    const { details, field } = await refusal(block(fleet, { plan: found.plan }), 'PLAN_STALE')
    expect(field).toBe('plan')
    expect(details?.changes).toContainEqual({ tripId: expect.any(String), change })
    expect(await readTrip(db, fleet, b.id)).toMatchObject({ carId: carOf(fleet, 0), version: 1 })
    expect(await db.sys`select from trips where fleet_id = ${fleet.id} and purpose <> 'rental'`).toHaveLength(0)
  })

  test('refuses a plan whose targets would meet each other (PLAN_STALE), and one that names a car of another fleet', async () => {
    const { fleet, a, b } = await busy()
    await db.sys`update cars set turnaround_minutes = 4320 where id = ${carOf(fleet, 1)}`
    const to = (carId: string) => ({ moves: [a, b].map((trip) => ({ tripId: trip.id, version: 1, carId })) })
    const { details } = await refusal(block(fleet, { plan: to(carOf(fleet, 1)) }), 'PLAN_STALE')
    expect(details?.changes).toEqual([a, b].map((trip) => ({ tripId: trip.id, change: 'TARGET_TAKEN' })))
    await refusal(block(fleet, { plan: to(carOf(await makeFleet(db.sys), 0)) }), 'PLAN_STALE')
    await refusal(block(fleet, { plan: to(carOf(fleet, 0)) }), 'PLAN_STALE')
  })

  test.each([
    ['plan', { plan: {} }],
    ['plan', { plan: { moves: 'all' } }],
    ['plan', { plan: { moves: [{ tripId: 'x', version: 1, carId: 'y' }] } }],
    [
      'plan',
      { plan: { moves: [{ tripId: '0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091', version: 0, carId: '0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091' }] } },
    ],
    ['purpose', { purpose: 'rental' }],
    ['note', { note: 'x'.repeat(1001) }],
    ['endDate', { end_date: day(9) }],
  ])('refuses a %s that is not one (BAD_INPUT)', async (field, more) => {
    expect((await refusal(block(await makeFleet(db.sys), more), 'BAD_INPUT')).field).toBe(field)
  })

  test('refuses a block of more than 366 days (TOO_LONG)', async () => {
    await refusal(block(await makeFleet(db.sys), { end_date: '2033-01-01T10:00Z' }), 'TOO_LONG')
  })

  test('is for owners and managers: a renter and a driver are refused (FORBIDDEN), who cannot see the car finds none (NOT_FOUND)', async () => {
    const fleet = await makeFleet(db.sys, { visibility: 'members' })
    const stranger = await makeUser(db.sys)
    await refusal(block(fleet, { actor: fleet.driverId }), 'FORBIDDEN')
    expect((await refusal(block(fleet, { actor: stranger }), 'NOT_FOUND')).field).toBe('carId')
    await refusal(block(await makeFleet(db.sys), { actor: stranger }), 'FORBIDDEN')
    await refusal(block(await makeFleet(db.sys), { actor: stranger, dry_run: true }), 'FORBIDDEN')
    expect(await block(fleet, { actor: fleet.ownerId })).toMatchObject({ trip: { status: 'confirmed' } })
  })
})
