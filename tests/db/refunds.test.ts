// What a cancellation gives back: by the policy that the trip remembers, by the clock of the car's zone, rounded once.
import { call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { inMinutes, passTime } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeUser, refusal } from '../support/fixtures.ts'
import { livesOf } from '../support/life.ts'
import { openSuperuser } from '../support/superuser.ts'

interface Terms {
  refund: number
  fee: number
  currency: string
  policy: string
  tier: { beforeMinutes: number; refundPpm: number } | null
  nextEdge: string | null
}

const db = await openTestDatabase()
const superuser = openSuperuser(db)
const { hold, create, get, cancel, modify, start } = livesOf(db)
const preview = (actor: string, id: string) => call(db.api, 'cancel_preview_rpc', { trip_id: id, actor: as(actor) }) as Promise<Terms>
const hour = 60
const daysLong = 24 * hour

async function scene(policy: unknown = null, timeZone = 'UTC') {
  const fleet = await makeFleet(db.sys, { timeZone })
  await db.sys`update fleets set cancellation_policy = ${policy === null ? null : db.sys.json(policy as never)} where id = ${fleet.id}`
  return { fleet, car: firstCar(fleet), renter: await makeUser(db.sys) }
}

describe('a policy', () => {
  test.each([
    ['flexible', 24 * hour + 5, 10_000, 1440],
    ['flexible', 24 * hour - 5, 5000, 0],
    ['moderate', 5 * daysLong + 5, 10_000, 7200],
    ['moderate', 5 * daysLong - 5, 5000, 1440],
    ['moderate', 24 * hour - 5, 0, null],
    ['strict', 14 * daysLong + 5, 10_000, 20_160],
    ['strict', 14 * daysLong - 5, 5000, 10_080],
    ['strict', 7 * daysLong - 5, 0, null],
    ['non_refundable', 300 * daysLong, 0, null],
  ])('%s, %i minutes before the start, gives back %i of 10000', async (policy, before, refund, tier) => {
    const { car, renter } = await scene(policy)
    const trip = await create(renter, car, inMinutes(before), inMinutes(before + 2 * daysLong))
    const terms = await preview(renter, trip.id)
    expect(terms).toMatchObject({ refund, fee: 10_000 - refund, currency: 'EUR', policy })
    expect(terms.tier?.beforeMinutes ?? null).toBe(tier)
    expect(terms.nextEdge).toBe(tier === null ? null : new Date(Date.parse(trip.startDate) - tier * 60_000).toISOString())
    expect(await cancel(renter, trip.id, { expected_refund: refund })).toMatchObject({ status: 'cancelled', totalCost: 10_000 - refund })
    const back = (await get(renter, trip.id)).lines.filter((line) => line.kind === 'refund')
    expect(back.map((line) => line.amount)).toEqual(refund === 0 ? [] : [-refund])
  })

  test("is flexible where the fleet has chosen none, and may be the fleet's own", async () => {
    const { car, renter } = await scene()
    expect(await preview(renter, (await create(renter, car, inMinutes(hour), inMinutes(3 * hour))).id)).toMatchObject({
      policy: 'flexible',
    })
    const own = { tiers: [{ beforeMinutes: 90, refundPpm: 250_000 }] }
    const { car: another } = await scene(own)
    const trip = await create(renter, another, inMinutes(2 * hour), inMinutes(2 * hour + daysLong))
    expect(await preview(renter, trip.id)).toMatchObject({ policy: 'custom', refund: 1250, fee: 3750, tier: own.tiers[0] })
  })

  test('is the one that the fleet had when the trip was booked', async () => {
    const { fleet, car, renter } = await scene('flexible')
    const trip = await create(renter, car, inMinutes(2 * daysLong), inMinutes(4 * daysLong))
    await db.sys`update fleets set cancellation_policy = '"non_refundable"' where id = ${fleet.id}`
    expect(await preview(renter, trip.id)).toMatchObject({ policy: 'flexible', refund: 10_000 })
  })

  test('is not evaded by moving the trip away: what cancelling would have cost stays owed', async () => {
    const { car, renter } = await scene('flexible')
    const trip = await create(renter, car, inMinutes(24 * hour - 5), inMinutes(24 * hour - 5 + 2 * daysLong))
    expect(await preview(renter, trip.id)).toMatchObject({ refund: 5000, fee: 5000 })
    const away = { start_date: inMinutes(60 * daysLong), end_date: inMinutes(62 * daysLong) }
    expect(await modify(renter, trip.id, away)).toMatchObject({ totalCost: 10_000, version: 2 })
    expect(await preview(renter, trip.id)).toMatchObject({ refund: 5000, fee: 5000, tier: { beforeMinutes: 1440 } })
    expect(await cancel(renter, trip.id, { expected_refund: 5000 })).toMatchObject({ totalCost: 5000 })
  })

  test('is not evaded by shortening the trip: it costs at least the fee, and no more once it is long again', async () => {
    const { car, renter } = await scene('non_refundable')
    const [start_date, end] = [inMinutes(30 * daysLong), (days: number) => inMinutes((30 + days) * daysLong)]
    const trip = await create(renter, car, start_date, end(4))
    const short = await modify(renter, trip.id, { end_date: end(1) })
    expect(short).toMatchObject({ totalCost: 20_000, version: 2 })
    const { lines } = await get(renter, trip.id)
    expect(lines.filter((line) => line.kind === 'cancellation').map((line) => line.amount)).toEqual([15_000])
    expect(await modify(renter, trip.id, { end_date: end(3) })).toMatchObject({ totalCost: 20_000 })
    expect(await modify(renter, trip.id, { end_date: end(5) })).toMatchObject({ totalCost: 25_000, version: 4 })
    expect(await preview(renter, trip.id)).toMatchObject({ refund: 0, fee: 25_000 })
  })

  test('does not bind a change while cancelling would be free, nor one by the fleet', async () => {
    const { fleet, car, renter } = await scene('flexible')
    const trip = await create(renter, car, inMinutes(10 * daysLong), inMinutes(14 * daysLong))
    expect(await modify(renter, trip.id, { end_date: inMinutes(11 * daysLong) })).toMatchObject({ totalCost: 5000 })
    expect(await preview(renter, trip.id)).toMatchObject({ refund: 5000, fee: 0 })
    const soon = await create(renter, car, inMinutes(60), inMinutes(60 + 4 * daysLong))
    expect(await modify(fleet.managerId, soon.id, { end_date: inMinutes(60 + daysLong) })).toMatchObject({ totalCost: 5000 })
    expect(await preview(renter, soon.id)).toMatchObject({ refund: 2500, fee: 2500 })
  })

  test('rounds once, half up', async () => {
    for (const [ppm, total, refund] of [
      [500_000, 5001, 2501],
      [333_333, 5000, 1667],
      [1, 5000, 0],
      [100, 5000, 1],
    ] as const) {
      const { car, renter } = await scene({ tiers: [{ beforeMinutes: 0, refundPpm: ppm }] })
      const { id } = await create(renter, car, inMinutes(hour), inMinutes(hour + daysLong))
      await db.sys`
        insert into trip_lines (car_id, trip_id, id, kind, description, quantity, unit_amount, amount)
        values (${car}, ${id}, private.uuid_v7(), 'adjustment', 'Test', 1, ${total - 5000}, ${total - 5000})`
      expect(await preview(renter, id)).toMatchObject({ refund, fee: total - refund })
    }
  })

  test("counts by the clock of the car's zone: a day before is the same time of day, also over a change of the clocks", async () => {
    // Lisbon's clocks go back on 2031-10-26: a day before 10:00 is 25 hours before.
    const { car, renter } = await scene('flexible', 'Europe/Lisbon')
    const autumn = await create(renter, car, '2031-10-26T10:00:00Z', '2031-10-28T10:00:00Z')
    expect(await preview(renter, autumn.id)).toMatchObject({ nextEdge: '2031-10-25T09:00:00.000Z' })
    // They go forward on 2032-03-28: a day before is 23 hours before.
    const spring = await create(renter, car, '2032-03-28T09:00:00Z', '2032-03-30T09:00:00Z')
    expect(await preview(renter, spring.id)).toMatchObject({ nextEdge: '2032-03-27T10:00:00.000Z' })
    // 01:30 comes twice on 2031-10-26; a tier that ends then ends at the first one, and one that ends at the start at the start.
    const { car: another } = await scene({ tiers: [{ beforeMinutes: 510, refundPpm: 1_000_000 }] }, 'Europe/Lisbon')
    const twice = await create(renter, another, '2031-10-26T10:00:00Z', '2031-10-27T10:00:00Z')
    expect(await preview(renter, twice.id)).toMatchObject({ nextEdge: '2031-10-26T00:30:00.000Z' })
    const { car: last } = await scene({ tiers: [{ beforeMinutes: 0, refundPpm: 1_000_000 }] }, 'Europe/Lisbon')
    const second = await create(renter, last, '2031-10-26T01:30:00Z', '2031-10-27T10:00:00Z')
    expect(await preview(renter, second.id)).toMatchObject({ nextEdge: '2031-10-26T01:30:00.000Z' })
  })
})

describe('cancel_trip_rpc', () => {
  test('by the fleet gives everything back, whatever the policy', async () => {
    const { fleet, car, renter } = await scene('non_refundable')
    const { id } = await create(renter, car, inMinutes(hour), inMinutes(hour + daysLong))
    expect(await preview(fleet.managerId, id)).toMatchObject({ refund: 5000, fee: 0, tier: null, nextEdge: null })
    expect(await preview(renter, id)).toMatchObject({ refund: 0, fee: 5000 })
    expect(await cancel(fleet.managerId, id, { reason: 'Engine' })).toMatchObject({ totalCost: 0 })
  })

  test('of what is only held costs nothing, whatever the policy', async () => {
    const { car, renter } = await scene('non_refundable')
    const { id } = await hold(renter, car, inMinutes(hour), inMinutes(hour + daysLong))
    expect(await preview(renter, id)).toMatchObject({ refund: 5000, fee: 0, tier: null })
    expect(await cancel(renter, id)).toMatchObject({ totalCost: 0 })
  })

  test('is refused when an edge has passed since the refund was read, with the fresh one (REFUND_CHANGED), and changes nothing', async () => {
    const { car, renter } = await scene('flexible')
    const { id } = await create(renter, car, inMinutes(24 * hour + 5), inMinutes(72 * hour + 5))
    const seen = await preview(renter, id)
    await passTime(superuser, 10)
    const { details } = await refusal(cancel(renter, id, { expected_refund: seen.refund }), 'REFUND_CHANGED')
    expect(details).toEqual(await preview(renter, id))
    expect(details).toMatchObject({ refund: 5000, fee: 5000, tier: { beforeMinutes: 0, refundPpm: 500_000 } })
    expect(await get(renter, id)).toMatchObject({ status: 'confirmed', version: 1, totalCost: 10_000 })
    expect(await cancel(renter, id, { expected_refund: 5000 })).toMatchObject({ totalCost: 5000 })
  })

  test('in a dry run says what would be and does nothing', async () => {
    const { car, renter } = await scene('flexible')
    const { id } = await create(renter, car, inMinutes(hour), inMinutes(hour + 2 * daysLong))
    expect(await cancel(renter, id, { dry_run: true })).toMatchObject({ status: 'cancelled', totalCost: 5000 })
    expect(await get(renter, id)).toMatchObject({ status: 'confirmed', totalCost: 10_000, version: 1 })
  })
})

describe('cancel_preview_rpc', () => {
  test('is for the renter, the owner and the manager: a driver and an administrator look only (FORBIDDEN), a stranger sees nothing (NOT_FOUND), nobody is nobody (UNAUTHENTICATED)', async () => {
    const { fleet, car, renter } = await scene()
    const { id } = await create(renter, car, inMinutes(2 * daysLong), inMinutes(3 * daysLong))
    for (const actor of [renter, fleet.ownerId, fleet.managerId]) expect(await preview(actor, id)).toMatchObject({ refund: 5000 })
    const [admin, nobody] = [await makeUser(db.sys, { isAdmin: true }), await makeUser(db.sys, { suspended: true })]
    for (const actor of [fleet.driverId, admin]) await refusal(preview(actor, id), 'FORBIDDEN')
    await refusal(preview(await makeUser(db.sys), id), 'NOT_FOUND')
    await refusal(preview(nobody, id), 'UNAUTHENTICATED')
  })

  test('of what cannot be cancelled is refused as cancelling would be (INVALID_STATE)', async () => {
    const { fleet, car, renter } = await scene()
    const { id } = await create(renter, car, inMinutes(5), inMinutes(300))
    await passTime(superuser, 10)
    const { details } = await refusal(preview(renter, id), 'INVALID_STATE')
    expect(details).toEqual({ from: 'confirmed', operation: 'cancel', allowed: ['modify', 'start'] })
    expect(await preview(fleet.ownerId, id)).toMatchObject({ fee: 0 })
    await start(renter, id)
    for (const actor of [renter, fleet.ownerId]) await refusal(preview(actor, id), 'INVALID_STATE')
  })
})
