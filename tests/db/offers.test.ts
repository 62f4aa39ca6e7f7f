// What a refusal offers: other times, other cars and their prices, computed when nobody waits for the refused caller any more, and never whose trip it was.
import { call } from '@fleetflow/db'
import { adminOptions } from '@fleetflow/db/admin'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, makeFleet, makeTrip, makeUser, refusal, sqlstate } from '../support/fixtures.ts'

interface Offer {
  carId: string
  carClass: string
  distance: number | null
  price: { total: number; currency: string } | null
}

const day = (d: number, time = '10:00') => `2031-03-${String(d).padStart(2, '0')}T${time}:00.000Z`

describe('a refused booking', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys, { cars: 9 })
  const [taken = '', near = '', busy = '', farther = '', ...others] = fleet.carIds
  const renter = await makeUser(db.sys)
  const somebody = await makeUser(db.sys, { name: 'Secret Somebody' })
  const places: Record<string, [number, number]> = {
    [taken]: [38_700_000, -9_100_000],
    [near]: [38_701_000, -9_100_000],
    [busy]: [38_700_500, -9_100_000],
    [farther]: [38_800_000, -9_100_000],
  }
  beforeAll(async () => {
    for (const [i, id] of fleet.carIds.entries()) {
      const [lat, lng] = places[id] ?? [38_900_000 + i * 1000, -9_100_000]
      await db.sys`update cars set lat_microdegrees = ${lat}, lng_microdegrees = ${lng} where id = ${id}`
    }
    // The last one is in another country.
    await db.sys`update cars set lat_microdegrees = 48000000 where id = ${others.at(-1) ?? ''}`
    for (const carId of [taken, busy]) await makeTrip(db.sys, fleet, { carId, renterId: somebody, start: day(5), end: day(7) })
    await makeTrip(db.sys, fleet, { carId: taken, renterId: somebody, start: day(9), end: day(11) })
  })
  const book = (change: Record<string, unknown> = {}) =>
    call(db.api, 'create_trip_rpc', { car_id: taken, start_date: day(6), end_date: day(8), actor: as(renter), ...change })
  const details = async (change: Record<string, unknown> = {}) => (await refusal(book(change), 'TRIP_OVERLAP')).details ?? {}

  test('is told what is in the way, the next starts and no other car unless it asks (TRIP_OVERLAP)', async () => {
    expect(await details()).toEqual({
      conflicts: [{ startDate: day(5), endDate: day(7) }],
      nextFree: day(11, '10:01'),
      nextStarts: [day(11, '10:01')],
      alternatives: [],
    })
    expect(await details({ start_date: day(6), end_date: day(7) })).toMatchObject({
      nextFree: day(7, '10:01'),
      nextStarts: [day(7, '10:01'), day(11, '10:01')],
    })
  })

  test('is offered as many free cars of its class as it asks for, nearest first, at the price that booking them has (TRIP_OVERLAP)', async () => {
    const offers = (await details({ alternatives: 5 })).alternatives as Offer[]
    expect(offers.map((offer) => offer.carId).slice(0, 2)).toEqual([near, farther])
    expect(offers).toHaveLength(5)
    expect(offers.map((offer) => offer.carId)).not.toContain(others.at(-1))
    expect(offers[0]).toMatchObject({ carClass: 'van', distance: 111, price: { total: 10_000, currency: 'EUR' } })
    expect(await details({ alternatives: 2 })).toMatchObject({ alternatives: offers.slice(0, 2) })
    const booked = await book({ car_id: near, dry_run: true })
    expect(booked).toMatchObject({ totalCost: offers[0]?.price?.total, currency: offers[0]?.price?.currency })
  })

  test('of a car without a place is offered cars in the order of their ids (TRIP_OVERLAP)', async () => {
    const { carIds, ...bare } = await makeFleet(db.sys, { cars: 3 })
    await makeTrip(db.sys, { carIds, ...bare }, { renterId: somebody, start: day(5), end: day(7) })
    const { alternatives } = await details({ car_id: carIds[0] ?? '', alternatives: 1 })
    expect(alternatives).toMatchObject([{ carId: carIds.slice(1).sort()[0], distance: null }])
  })

  test('of a repair is offered cars without a price (TRIP_OVERLAP)', async () => {
    const offers = (await details({ purpose: 'repair', actor: as(fleet.managerId), alternatives: 1 })).alternatives
    expect(offers).toMatchObject([{ carId: near, price: null }])
  })

  test('is offered nothing of a fleet that the caller cannot see, and never told whose trips they are (TRIP_OVERLAP)', async () => {
    const text = JSON.stringify(await details({ alternatives: 5 }))
    for (const secret of [somebody, 'Secret', fleet.ownerId]) expect(text).not.toContain(secret)
    const mine = await makeTrip(db.sys, fleet, { carId: taken, renterId: renter, start: day(20), end: day(21) })
    await db.sys`update fleets set visibility = 'members' where id = ${fleet.id}`
    const moved = call(db.api, 'modify_trip_rpc', { trip_id: mine, start_date: day(10), actor: as(renter), alternatives: 5 } as never)
    expect((await refusal(moved, 'TRIP_OVERLAP')).details).toMatchObject({ conflicts: [{ startDate: day(9) }], alternatives: [] })
    await db.sys`update fleets set visibility = 'public' where id = ${fleet.id}`
  })

  test('is answered under its key, offers and all, however often it is sent (TRIP_OVERLAP)', async () => {
    const first = await details({ alternatives: 3, idempotency_key: 'offers' })
    expect((first.alternatives as Offer[]).length).toBe(3)
    await makeTrip(db.sys, fleet, { carId: near, renterId: somebody, start: day(5), end: day(7) })
    expect(await details({ alternatives: 3, idempotency_key: 'offers' })).toEqual(first)
    await db.sys`update trips set status = 'cancelled' where car_id = ${near}`
  })
})

describe('while a refusal is being enriched', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys, { cars: 3 })
  const carId = fleet.carIds[0] ?? ''
  const renter = await makeUser(db.sys)
  await makeTrip(db.sys, fleet, { carId, renterId: renter, start: day(5), end: day(7) })
  const other = postgres(db.adminUrl, { ...adminOptions('fleetflow-tests'), connection: { role: 'fleetflow_sys' } })
  const gate = postgres(db.adminUrl, { ...adminOptions('fleetflow-tests'), connection: { role: 'fleetflow_sys' } })
  afterAll(async () => {
    await Promise.all([other.end(), gate.end()])
  })
  const block = () =>
    call(db.api, 'create_trip_rpc', {
      car_id: carId,
      start_date: day(6),
      end_date: day(8),
      purpose: 'repair',
      actor: as(fleet.managerId),
      alternatives: 5,
    })
  const takeCar = () => sqlstate(other`select from cars where id = ${carId} for no key update nowait`)

  /** Somebody waits for a table that `gate` holds. */
  async function untilSomebodyWaits(table: string): Promise<void> {
    for (;;) {
      const waiting = await db.sys`select from pg_locks where not granted and relation = ${table}::regclass`
      if (waiting.length > 0) return
    }
  }

  /** Holds a table, so that the booking stops where it first reads it, and tries the car meanwhile. */
  async function carWhileHeld(
    table: string,
    mode: 'access exclusive' | 'share row exclusive',
  ): Promise<{ state: string; refused: Promise<unknown> }> {
    await gate`begin`
    await gate`lock table ${gate(table)} in ${gate.unsafe(mode)} mode`
    const refused = refusal(block(), 'TRIP_OVERLAP')
    await untilSomebodyWaits(table)
    const state = await takeCar()
    await gate`rollback`
    return { state, refused }
  }

  test('the hot car is free for others: its lock went with the refused booking', async () => {
    // Classes are read by nothing but the offers.
    const { state, refused } = await carWhileHeld('car_classes', 'access exclusive')
    await refused
    expect(state).toBe('00000')
  })

  test('control: while the booking itself runs the car is locked (55P03)', async () => {
    const { state, refused } = await carWhileHeld('trips', 'share row exclusive')
    await refused
    expect(state).toBe('55P03')
  })
})

describe('a class that is full', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys, { cars: 3 })
  const renter = await makeUser(db.sys)
  const [first = '', second = '', spare = ''] = fleet.carIds

  test('offers the first starts of any of its cars and the free cars of the other classes (CLASS_FULL)', async () => {
    const [row] =
      await db.sys`insert into car_classes (id, fleet_id, slug, name) values (private.uuid_v7(), ${fleet.id}, 'estate', 'Estate') returning id`
    await db.sys`update cars set car_class_id = ${row?.id}, rate_plan_id = ${fleet.planId} where id = ${spare}`
    await makeTrip(db.sys, fleet, { carId: first, renterId: renter, start: day(5), end: day(9) })
    await makeTrip(db.sys, fleet, { carId: second, renterId: renter, start: day(6), end: day(8) })
    const raised = { fleetId: fleet.id, carClassId: fleet.classId, startDate: day(6), endDate: day(7) }
    const [answer] = await db.admin.begin(async (sql) => {
      await sql`select private.enter(${sql.json(as(renter) as never)}, 'trips.get', false)`
      await sql`set local role fleetflow_fn`
      return sql<{ details: unknown }[]>`
        select private.enrich_refusal('trips.createInClass', ${renter}, '{"alternatives": 5}', 'CLASS_FULL', ${sql.json(raised)}) as details`
    })
    expect(answer?.details).toEqual({
      nextFree: day(8, '10:01'),
      nextStarts: [day(8, '10:01'), day(9, '10:01')],
      alternatives: [
        { carId: spare, name: expect.any(String), carClass: 'estate', distance: null, price: { total: 5000, currency: 'EUR' } },
      ],
    })
  })
})
