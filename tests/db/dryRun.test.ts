// A rehearsal runs the identical code, answers what would be, and leaves nothing: no row, no event, no key, no lock.
import { call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeUser, refusal, sqlstate } from '../support/fixtures.ts'

interface Trip {
  id: string
  status: string
  totalCost: number
  version: number
  endDate: string
}

describe('a rehearsal', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys, { cars: 1 })
  const renter = await makeUser(db.sys)
  const carId = firstCar(fleet)

  let day = 0
  const period = () => {
    day += 9
    const start = Date.UTC(2031, 0, day, 10)
    return { start_date: new Date(start).toISOString(), end_date: new Date(start + 86_400_000).toISOString() }
  }
  const create = async (dry: boolean, times = period()) =>
    (await call(db.api, 'create_trip_rpc', { car_id: carId, ...times, actor: as(renter), idempotency_key: 'dry', dry_run: dry })) as Trip
  const book = async () => (await call(db.api, 'create_trip_rpc', { car_id: carId, ...period(), actor: as(renter) })) as Trip
  const modify = async (dry: boolean, trip: Trip, version = trip.version) => {
    const end = new Date(Date.parse(trip.endDate) + 86_400_000).toISOString()
    const args = { trip_id: trip.id, end_date: end, version, actor: as(renter), idempotency_key: 'dry', dry_run: dry }
    return (await call(db.api, 'modify_trip_rpc', args)) as Trip
  }
  const cancel = async (dry: boolean, trip: Trip, version = trip.version) => {
    const args = { trip_id: trip.id, version, actor: as(renter), idempotency_key: 'dry', dry_run: dry }
    return (await call(db.api, 'cancel_trip_rpc', args)) as Trip
  }

  /** Every row of every table that a booking could touch. */
  const everything = async () => {
    const [row] = await db.sys`
      select (select jsonb_agg(t order by t.id) from trips as t) as trips, (select jsonb_agg(l order by l.id) from trip_lines as l) as lines,
             (select jsonb_agg(o order by o.seq) from outbox as o) as outbox, (select count(*) from idempotency_keys) as keys,
             (select jsonb_agg(c order by c.id) from cars as c) as cars`
    return row
  }

  /** What differs between two bookings that are the same: ids and times of writing. */
  const essence = ({ id: _id, createdAt: _made, updatedAt: _changed, ...rest }: Trip & { createdAt?: string; updatedAt?: string }) => rest

  test('of a booking answers what the booking then is', async () => {
    const [before, times] = [await everything(), period()]
    const rehearsed = await create(true, times)
    expect(await everything()).toEqual(before)
    expect(essence(await create(false, times))).toEqual(essence(rehearsed))
  })

  test('of a change and of a cancellation answers what they then are', async () => {
    const trip = await book()
    const before = await everything()
    const rehearsed = await modify(true, trip)
    const undone = await cancel(true, trip)
    expect(await everything()).toEqual(before)
    expect(rehearsed).toMatchObject({ version: 2, totalCost: 10_000 })
    expect(undone).toMatchObject({ version: 2, status: 'cancelled' })
    const moved = await modify(false, trip)
    expect(essence(moved)).toEqual(essence(rehearsed))
    const again = await book()
    const expected = await cancel(true, again)
    await call(db.api, 'cancel_trip_rpc', { trip_id: again.id, actor: as(renter) })
    expect(essence(expected)).toMatchObject({ status: 'cancelled', version: 2 })
  })

  test('of a block stores nothing, with trips in the way and without; the refusals are those of the real one (FORBIDDEN, TRIP_OVERLAP)', async () => {
    const trip = await book()
    const span = (dates: { start_date: string; end_date: string }, who: string, dry: boolean) =>
      call(db.api, 'block_car_rpc', { car_id: carId, ...dates, actor: as(who), idempotency_key: 'dry', dry_run: dry })
    const taken = { start_date: new Date(Date.parse(trip.endDate) - 3_600_000).toISOString(), end_date: trip.endDate }
    const free = period()
    const before = await everything()
    expect(await span(taken, fleet.ownerId, true)).toMatchObject({ trip: null, inTheWay: [{}] })
    const rehearsed = (await span(free, fleet.ownerId, true)) as { trip: Trip }
    await refusal(span(free, renter, true), 'FORBIDDEN')
    expect(await everything()).toEqual(before)
    await refusal(span(taken, fleet.managerId, false), 'TRIP_OVERLAP')
    const real = (await span(free, fleet.ownerId, false)) as { trip: Trip }
    expect(essence(real.trip)).toEqual(essence(rehearsed.trip))
  })

  test('refuses what would be refused, with the same details (TRIP_OVERLAP, VERSION_MISMATCH, NOT_FOUND, TOO_LONG)', async () => {
    const times = period()
    await call(db.api, 'create_trip_rpc', { car_id: carId, ...times, actor: as(renter) })
    const trip = await book()
    const before = await everything()
    const rehearsed = await refusal(create(true, times), 'TRIP_OVERLAP')
    expect(rehearsed.details).toHaveProperty('conflicts')
    expect(rehearsed.details).toHaveProperty('nextFree')
    expect((await refusal(modify(true, trip, 7), 'VERSION_MISMATCH')).details).toEqual({ version: 1 })
    await refusal(cancel(true, { ...trip, id: crypto.randomUUID() }), 'NOT_FOUND')
    await refusal(create(true, { ...times, end_date: '2039-01-01T10:00:00Z' }), 'TOO_LONG')
    expect(await everything()).toEqual(before)
    const key = 'the real one'
    const real = await refusal(
      call(db.api, 'create_trip_rpc', { car_id: carId, ...times, actor: as(renter), idempotency_key: key }),
      'TRIP_OVERLAP',
    )
    expect(real.details).toEqual(rehearsed.details)
  })

  test('holds nothing, though its transaction goes on: the car and the trip can be locked at once', async () => {
    const trip = await book()
    await db.admin.begin(async (tx) => {
      await tx`set local role fleetflow_api`
      const actor = tx.json({ userId: renter })
      await tx`select public.create_trip_rpc(car_id => ${carId}, user_id => null, start_date => '2033-01-01T10:00Z', end_date => '2033-01-02T10:00Z',
        actor => ${actor}, dry_run => true)`
      await tx`select public.cancel_trip_rpc(trip_id => ${trip.id}, reason => null, version => null, actor => ${actor}, dry_run => true)`
      expect(await sqlstate(db.sys`select from cars where id = ${carId} for update nowait`)).toBe('00000')
      expect(await sqlstate(db.sys`select from trips where id = ${trip.id} for no key update nowait`)).toBe('00000')
    })
  })

  test('control: the real one holds the car until its transaction ends', async () => {
    await db.admin.begin(async (tx) => {
      await tx`set local role fleetflow_api`
      await tx`select public.create_trip_rpc(car_id => ${carId}, user_id => null, start_date => '2033-01-01T10:00Z', end_date => '2033-01-02T10:00Z',
        actor => ${tx.json({ userId: renter })})`
      expect(await sqlstate(db.sys`select from cars where id = ${carId} for update nowait`)).toBe('55P03')
    })
  })
})
