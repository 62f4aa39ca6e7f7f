// Every change of a trip, car or review is one event: written beside the change, moved by the relay, never changed afterwards.
import { call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { eventsOf, relayAll } from '../support/events.ts'
import { as, firstCar, makeFleet, makeTrip, makeUser, refusal, sqlstate } from '../support/fixtures.ts'

interface Trip {
  id: string
  version: number
  totalCost: number
}

describe('events', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys, { cars: 3 })
  const renter = await makeUser(db.sys, { name: 'Rita Renter' })
  const carId = firstCar(fleet)
  const otherCarId = fleet.carIds[1] ?? ''
  await relayAll(db.sys)

  let day = 0
  const book = async (on = carId) => {
    day += 3
    const start = Date.UTC(2031, 0, day, 10)
    const period = { start_date: new Date(start).toISOString(), end_date: new Date(start + 86_400_000).toISOString() }
    return (await call(db.api, 'create_trip_rpc', { car_id: on, ...period, actor: as(renter) })) as Trip
  }

  test('a booking is one event with its total, though the total follows its lines', async () => {
    const trip = await book()
    await relayAll(db.sys)
    expect(await eventsOf(db.sys, trip.id)).toMatchObject([
      {
        entity: 'trip',
        type: 'trip.created',
        carId,
        fleetId: fleet.id,
        actorId: renter,
        actorRole: 'renter',
        operation: 'trips.create',
        version: 1,
        after: { id: trip.id, totalCost: 5000, status: 'confirmed', carId },
        was: null,
      },
    ])
  })

  test('a change is one event: what is now, and what was of what differs', async () => {
    const trip = await book()
    await call(db.api, 'modify_trip_rpc', { trip_id: trip.id, end_date: '2031-01-09T10:00:00Z', actor: as(renter) })
    await call(db.api, 'cancel_trip_rpc', { trip_id: trip.id, reason: 'Workshop', actor: as(fleet.managerId) })
    await relayAll(db.sys)
    const events = await eventsOf(db.sys, trip.id)
    expect(events.map(({ type, version, actorRole, operation }) => [type, version, actorRole, operation])).toEqual([
      ['trip.created', 1, 'renter', 'trips.create'],
      ['trip.updated', 2, 'renter', 'trips.modify'],
      ['trip.cancelled', 3, 'fleet', 'trips.cancel'],
    ])
    expect(Object.keys(events[1]?.was ?? {}).sort()).toEqual(['blockedUntil', 'endDate', 'totalCost'])
    expect(events[1]?.was).toMatchObject({ endDate: '2031-01-07T10:00:00.000Z', totalCost: 5000 })
    expect(events[2]?.was).toEqual({ status: 'confirmed', cancelReason: null, totalCost: 15000 })
  })

  test('a review is two events: of itself and of its car, whose rating follows', async () => {
    const done = await makeTrip(db.sys, fleet, {
      renterId: renter,
      start: '2020-01-01T10:00Z',
      end: '2020-01-02T10:00Z',
      status: 'completed',
    })
    await relayAll(db.sys)
    const review = (await call(db.api, 'create_review_rpc', { trip_id: done, rating: 4, actor: as(renter) })) as { id: string }
    await relayAll(db.sys)
    expect(await eventsOf(db.sys, review.id)).toMatchObject([
      {
        type: 'review.created',
        entity: 'review',
        fleetId: fleet.id,
        actorRole: 'renter',
        version: null,
        after: { rating: 4, author: 'Rita Renter' },
      },
    ])
    const [last] = (await eventsOf(db.sys, carId)).slice(-1)
    expect(last).toMatchObject({ type: 'car.updated', was: { avgRating: null, totalReviews: 0 }, after: { avgRating: 4, totalReviews: 1 } })
  })

  test('a trip that moves to another car is one event, whatever happens to its lines on the way', async () => {
    const trip = await book()
    await db.sys.begin(async (tx) => {
      const lines = await tx`delete from trip_lines where trip_id = ${trip.id} returning *`
      const [row] = await tx<{ row: Record<string, unknown> }[]>`delete from trips as t where id = ${trip.id} returning to_jsonb(t) as row`
      const moved = { ...row?.row, car_id: otherCarId, version: 2, total_cost: 0 }
      await tx`insert into trips overriding user value select * from jsonb_populate_record(null::trips, ${tx.json(moved as never)})`
      await tx`insert into trip_lines ${tx(lines.map((line) => ({ ...line, car_id: otherCarId })))}`
    })
    await relayAll(db.sys, 1)
    const events = await eventsOf(db.sys, trip.id)
    expect(events.map(({ type, version, carId: on }) => [type, version, on])).toEqual([
      ['trip.created', 1, carId],
      ['trip.moved', 2, otherCarId],
    ])
    expect(events[1]).toMatchObject({ was: { carId }, after: { carId: otherCarId, totalCost: 5000 } })
    expect(events[1]?.was).toEqual({ carId })
    expect((await db.sys`select from outbox`).length).toBe(0)
  })

  test('two trips that change cars are one event each, in one transaction', async () => {
    const [one, other] = [await book(carId), await book(otherCarId)]
    const args = { trip_id: one.id, other_trip_id: other.id, actor: as(fleet.managerId) }
    await call(db.api, 'swap_trips_rpc', args)
    await relayAll(db.sys, 1)
    for (const [trip, from, to] of [
      [one, carId, otherCarId],
      [other, otherCarId, carId],
    ] as const) {
      const events = await eventsOf(db.sys, trip.id)
      expect(events.map(({ type, version, carId: on, actorRole }) => [type, version, on, actorRole])).toEqual([
        ['trip.created', 1, from, 'renter'],
        ['trip.moved', 2, to, 'fleet'],
      ])
      expect(events[1]?.was).toEqual({ carId: from })
    }
    expect((await db.sys`select from outbox`).length).toBe(0)
  })

  test('what is refused, rehearsed, rolled back or undone is no event', async () => {
    const trip = await book()
    await relayAll(db.sys)
    const [before] = await db.sys`select last_pos from event_relay`
    await refusal(
      call(db.api, 'modify_trip_rpc', { trip_id: trip.id, version: 9, end_date: '2031-09-01T10:00Z', actor: as(renter) }),
      'VERSION_MISMATCH',
    )
    await call(db.api, 'cancel_trip_rpc', { trip_id: trip.id, actor: as(renter), dry_run: true })
    await db.sys`update cars set name = name where id = ${carId}`
    await db.sys.begin(async (tx) => {
      await tx`update cars set name = 'Other' where id = ${carId}`
      await tx`update cars set name = 'Car 1' where id = ${carId}`
    })
    await db.sys
      .begin(async (tx) => {
        await tx`update cars set name = 'Other' where id = ${carId}`
        throw new Error('rolled back')
      })
      .catch(() => {})
    await relayAll(db.sys)
    expect(await db.sys`select last_pos from event_relay`).toEqual([before])
    expect((await db.sys`select from outbox`).length).toBe(0)
  })

  test('people see no event of theirs by any other way, and the log refuses to change (42501)', async () => {
    for (const statement of ['update event_log set type = type', 'delete from event_log', 'truncate event_log']) {
      expect(await sqlstate(db.sys.unsafe(statement))).toBe('42501')
      const asOwner = db.admin.begin(async (tx) => {
        await tx`set local role fleetflow_owner`
        await tx.unsafe(statement)
      })
      expect(await sqlstate(asOwner)).toBe('42501')
    }
    for (const table of ['outbox', 'event_log', 'event_relay'])
      expect(await sqlstate(db.api.sql.unsafe(`select from ${table}`))).toBe('42501')
  })
})
