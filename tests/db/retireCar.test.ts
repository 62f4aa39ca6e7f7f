// Retiring a car: never with a trip ahead of it, also when a booking is under way at the same moment.
import { call } from '@fleetflow/db'
import { describe, expect, test, vi } from 'vitest'
import { day } from '../support/booking.ts'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeTrip, makeUser, refusal, sqlstate } from '../support/fixtures.ts'

describe('retire_car_rpc', async () => {
  const db = await openTestDatabase({ poolSize: 12 })
  const renter = await makeUser(db.sys)
  const admin = await makeUser(db.sys, { isAdmin: true })
  const retire = (car_id: string, actor: string, reason?: string, idempotency_key?: string) =>
    call(db.api, 'retire_car_rpc', { car_id, reason, actor: as(actor), idempotency_key })
  const get = (car_id: string, actor: string) => call(db.api, 'get_car_rpc', { car_id, actor: as(actor) })
  const book = (car_id: string) => call(db.api, 'create_trip_rpc', { car_id, start_date: day(1), end_date: day(2), actor: as(renter) })

  test('a retired car is gone for others and stays with its past for members; to retire it again changes nothing', async () => {
    const fleet = await makeFleet(db.sys)
    const car = firstCar(fleet)
    const past = await makeTrip(db.sys, fleet, {
      renterId: renter,
      start: '2021-05-01T10:00Z',
      end: '2021-05-02T10:00Z',
      status: 'completed',
    })
    const retired = await retire(car, fleet.managerId, ' Sold ')
    expect(retired).toMatchObject({ id: car, retiredAt: expect.any(String), retireReason: 'Sold' })
    expect(await retire(car, fleet.ownerId, 'Stolen')).toEqual(retired)
    await refusal(get(car, renter), 'NOT_FOUND')
    for (const member of [fleet.ownerId, fleet.driverId, admin]) expect(await get(car, member)).toEqual(retired)
    expect(await call(db.api, 'get_trip_rpc', { trip_id: past, actor: as(renter) })).toMatchObject({ id: past, carId: car })
    await refusal(book(car), 'NOT_FOUND')
    const list = (actor: string) => call(db.api, 'list_cars_rpc', { actor: as(actor), fleet: fleet.slug })
    expect(await list(renter)).toMatchObject({ items: [] })
    expect(await list(fleet.driverId)).toMatchObject({ items: [{ id: car }] })
  })

  test('only owners and managers retire (FORBIDDEN, NOT_FOUND, UNAUTHENTICATED), with a reason of at most 1,000 characters (BAD_INPUT)', async () => {
    const [fleet, rival] = [await makeFleet(db.sys), await makeFleet(db.sys)]
    const car = firstCar(fleet)
    for (const actor of [fleet.driverId, admin]) await refusal(retire(car, actor), 'FORBIDDEN')
    for (const actor of [renter, rival.ownerId]) expect((await refusal(retire(car, actor), 'NOT_FOUND')).field).toBe('id')
    await refusal(retire(car, '0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091'), 'UNAUTHENTICATED')
    expect((await refusal(retire(car, fleet.ownerId, 'x'.repeat(1001)), 'BAD_INPUT')).field).toBe('reason')
    expect(await get(car, fleet.ownerId)).toMatchObject({ retiredAt: null })
  })

  test('trips ahead or under way stand in the way, and the first ten are named (INVALID_STATE); dead holds do not', async () => {
    const fleet = await makeFleet(db.sys)
    const car = firstCar(fleet)
    const active = await makeTrip(db.sys, fleet, {
      renterId: renter,
      start: '2026-01-01T10:00Z',
      end: '2031-04-01T10:00Z',
      status: 'active',
    })
    const confirmed = await makeTrip(db.sys, fleet, { renterId: renter, start: day(1), end: day(2) })
    await makeTrip(db.sys, fleet, { renterId: renter, start: day(3), end: day(4), status: 'cancelled' })
    const refused = await refusal(retire(car, fleet.ownerId), 'INVALID_STATE')
    expect(refused.details).toEqual({
      from: 'booked',
      operation: 'retire',
      allowed: ['update'],
      count: 2,
      trips: [
        { id: active, status: 'active', startDate: '2026-01-01T10:00:00.000Z', endDate: '2031-04-01T10:00:00.000Z' },
        { id: confirmed, status: 'confirmed', startDate: day(1), endDate: day(2) },
      ],
    })
    await db.sys`update trips set status = 'completed', returned_at = now() where id = ${active}`
    await refusal(retire(car, fleet.ownerId), 'INVALID_STATE')
    await call(db.api, 'cancel_trip_rpc', { trip_id: confirmed, reason: 'Sold', actor: as(fleet.ownerId) })
    const hold = (await call(db.api, 'hold_trip_rpc', { car_id: car, start_date: day(5), end_date: day(6), actor: as(renter) })) as {
      id: string
    }
    expect((await refusal(retire(car, fleet.ownerId), 'INVALID_STATE')).details).toMatchObject({ count: 1, trips: [{ status: 'held' }] })
    await db.admin`update trips set hold_expires_at = now() - interval '1 second' where id = ${hold.id}`
    expect(await retire(car, fleet.ownerId)).toMatchObject({ retiredAt: expect.any(String) })
    const [row] = await db.sys`select status from trips where id = ${hold.id}`
    expect(row).toEqual({ status: 'expired' })
  })

  const code = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: { code: string }) => error.code,
    )

  /** What there is after a race: a retired car has no trip ahead of it. */
  const open = async (fleetId: string) => {
    const [row] = await db.sys<{ retired: number; open: number; both: number }[]>`
      select (count(*) filter (where c.retired_at is not null))::int as retired, count(t.id)::int as open,
             (count(t.id) filter (where c.retired_at is not null))::int as both
        from cars as c left join trips as t on t.car_id = c.id and t.status in ('held', 'requested', 'confirmed', 'active')
       where c.fleet_id = ${fleetId}`
    return row
  }

  test('a booking that races the retirement is either first (INVALID_STATE) or refused (NOT_FOUND), never both', async () => {
    const fleet = await makeFleet(db.sys, { cars: 40 })
    const outcomes = await Promise.all(
      fleet.carIds.map((car, i) => {
        const both = i % 2 === 0 ? [() => retire(car, fleet.ownerId), () => book(car)] : [() => book(car), () => retire(car, fleet.ownerId)]
        return Promise.all(both.map((one) => code(one()))).then((codes) => codes.toSorted().join())
      }),
    )
    const [retired, booked] = [
      outcomes.filter((o) => o === 'NOT_FOUND,done').length,
      outcomes.filter((o) => o === 'INVALID_STATE,done').length,
    ]
    expect(retired + booked).toBe(40)
    expect(await open(fleet.id)).toEqual({ retired, open: booked, both: 0 })
  })

  test('a booking of a class that races the retirement of the only car is first or finds nothing (CLASS_FULL), never both', async () => {
    for (let round = 0; round < 12; round += 1) {
      const fleet = await makeFleet(db.sys)
      const any = () =>
        call(db.api, 'create_trip_in_class_rpc', {
          fleet: fleet.slug,
          car_class: 'van',
          start_date: day(1),
          end_date: day(2),
          actor: as(renter),
        })
      const [taken, closed] = await Promise.all([code(any()), code(retire(firstCar(fleet), fleet.ownerId))])
      expect([
        ['done', 'INVALID_STATE'],
        ['CLASS_FULL', 'done'],
      ]).toContainEqual([taken, closed])
      expect(await open(fleet.id)).toMatchObject({ both: 0 })
    }
  })

  /** How many sessions of this database wait for a lock. */
  const waiting = async () =>
    (
      await db.api.sql`
        select distinct l.pid from pg_locks as l join pg_stat_activity as a on a.pid = l.pid where not l.granted and a.datname = current_database()`
    ).length

  test('a trip that is stored while the car is being retired waits and is not stored (40001), whoever stores it', async () => {
    const fleet = await makeFleet(db.sys)
    const car = firstCar(fleet)
    let stored: Promise<string> = Promise.resolve('')
    await db.admin.begin(async (tx) => {
      await tx`set local role fleetflow_sys`
      await tx`select private.lock_cars(array[${car}]::uuid[]), private.close_car(${car})`
      await tx`update cars set retired_at = now() where id = ${car}`
      stored = sqlstate(makeTrip(db.sys, fleet, { renterId: renter, start: day(1), end: day(2) }))
      await vi.waitUntil(async () => (await waiting()) > 0, 30_000)
    })
    expect(await stored).toBe('40001')
    expect(await open(fleet.id)).toEqual({ retired: 1, open: 0, both: 0 })
  })

  test('a trip stored first makes the retirement wait for it and then refuse (INVALID_STATE)', async () => {
    const fleet = await makeFleet(db.sys)
    let closing: Promise<string> = Promise.resolve('')
    await db.sys.begin(async (tx) => {
      await makeTrip(tx as never, fleet, { renterId: renter, start: day(1), end: day(2) })
      closing = code(retire(firstCar(fleet), fleet.ownerId))
      await vi.waitUntil(async () => (await waiting()) > 0, 30_000)
    })
    expect(await closing).toBe('INVALID_STATE')
  })

  test('history is imported onto a retired car all the same', async () => {
    const fleet = await makeFleet(db.sys)
    await retire(firstCar(fleet), fleet.ownerId)
    await expect(
      makeTrip(db.sys, fleet, { renterId: renter, start: '2021-05-01T10:00Z', end: '2021-05-02T10:00Z', status: 'completed' }),
    ).resolves.toEqual(expect.any(String))
  })
})
