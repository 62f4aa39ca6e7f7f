// Moving and cancelling trips: who may, what it costs, and every refusal.
import { call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeTrip, makeUser, refusal, type TestFleet } from '../support/fixtures.ts'

interface Trip {
  id: string
  version: number
  totalCost: number
  status: string
  lines: { kind: string; amount: number; quantity: number }[]
}

const day = (of: number, hour = '10:00') => `2031-05-${String(of).padStart(2, '0')}T${hour}:00.000Z`

const db = await openTestDatabase()
const renter = await makeUser(db.sys)

const book = async (fleet: TestFleet, from: number, to: number) =>
  (await call(db.api, 'create_trip_rpc', {
    car_id: firstCar(fleet),
    start_date: day(from),
    end_date: day(to),
    actor: as(renter),
  })) as Trip
const get = async (id: string, actor = renter) => (await call(db.api, 'get_trip_rpc', { trip_id: id, actor: as(actor) })) as Trip

describe('modify_trip_rpc', () => {
  const modify = (id: string, start: string | null, end: string | null, version: number | null = null, actor = renter) =>
    call(db.api, 'modify_trip_rpc', { trip_id: id, start_date: start, end_date: end, version, actor: as(actor) })

  test('moves either end, counts the version up, and adds the difference in price as lines of the same kind', async () => {
    const trip = await book(await makeFleet(db.sys), 1, 3)
    expect(await modify(trip.id, null, day(5), 1)).toMatchObject({ startDate: day(1), endDate: day(5), version: 2, totalCost: 20_000 })
    expect(await modify(trip.id, day(4), null, 2)).toMatchObject({ startDate: day(4), endDate: day(5), version: 3, totalCost: 5000 })
    expect(await modify(trip.id, day(8), day(9), 3)).toMatchObject({ startDate: day(8), endDate: day(9), version: 4, totalCost: 5000 })
    const { lines } = await get(trip.id)
    expect(lines.map((line) => [line.kind, line.amount])).toEqual([
      ['day', 10_000],
      ['day', 10_000],
      ['day', -15_000],
    ])
  })

  test('charges the rates of the booking, not those of today', async () => {
    const fleet = await makeFleet(db.sys)
    const trip = await book(fleet, 1, 3)
    const [plan] = await db.sys<{ id: string }[]>`
      insert into rate_plans (id, fleet_id, name, version, currency, day_rate, hour_rate, minimum_charge)
      values (private.uuid_v7(), ${fleet.id}, 'Standard', 2, 'EUR', 9900, 990, 0) returning id`
    await db.sys`update car_classes set rate_plan_id = ${plan?.id ?? ''} where fleet_id = ${fleet.id}`
    expect(await modify(trip.id, null, day(4))).toMatchObject({ totalCost: 15_000 })
    expect(await book(fleet, 10, 11)).toMatchObject({ totalCost: 9900 })
  })

  test('refuses another version and names the present one (VERSION_MISMATCH); no version is not checked', async () => {
    const trip = await book(await makeFleet(db.sys), 1, 3)
    for (const version of [0, 2, 99])
      expect((await refusal(modify(trip.id, null, day(5), version), 'VERSION_MISMATCH')).details).toEqual({ version: 1 })
    expect(await modify(trip.id, null, day(5), null)).toMatchObject({ version: 2 })
    expect((await refusal(modify(trip.id, null, day(6), 1), 'VERSION_MISMATCH')).details).toEqual({ version: 2 })
  })

  test('of two who read the same version lets exactly one through (VERSION_MISMATCH)', async () => {
    const trip = await book(await makeFleet(db.sys), 1, 3)
    const results = await Promise.allSettled([4, 5, 6, 7].map((end) => modify(trip.id, null, day(end), 1)))
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
    expect(await get(trip.id)).toMatchObject({ version: 2 })
  })

  test('refuses a place that is taken, with what is in the way (TRIP_OVERLAP), and changes nothing', async () => {
    const fleet = await makeFleet(db.sys)
    const trip = await book(fleet, 1, 3)
    await book(fleet, 5, 7)
    const { details } = await refusal(modify(trip.id, day(2), day(6)), 'TRIP_OVERLAP')
    expect(details).toEqual({
      conflicts: [{ startDate: day(5), endDate: day(7) }],
      nextFree: day(7, '10:01'),
      nextStarts: [day(7, '10:01')],
      alternatives: [],
    })
    expect(await get(trip.id)).toMatchObject({ version: 1, totalCost: 10_000, startDate: day(1), endDate: day(3) })
    await refusal(modify(trip.id, null, day(5)), 'TRIP_OVERLAP')
  })

  test('is not in its own way: it may overlap where it was', async () => {
    const fleet = await makeFleet(db.sys)
    const trip = await book(fleet, 3, 6)
    await book(fleet, 8, 9)
    expect(await modify(trip.id, day(4), day(7))).toMatchObject({ startDate: day(4) })
    expect(await modify(trip.id, day(4), day(7))).toMatchObject({ version: 2, totalCost: 15_000 })
    const { details } = await refusal(modify(trip.id, day(5), day(8)), 'TRIP_OVERLAP')
    expect(details?.conflicts).toEqual([{ startDate: day(8), endDate: day(9) }])
  })

  test('frees what it leaves', async () => {
    const fleet = await makeFleet(db.sys)
    const trip = await book(fleet, 1, 3)
    await modify(trip.id, day(10), day(12))
    expect(await book(fleet, 1, 3)).toMatchObject({ status: 'confirmed' })
  })

  test('keeps the buffers and bounds of the booking', async () => {
    const fleet = await makeFleet(db.sys, { prepMinutes: 60, turnaroundMinutes: 30, backToBack: true })
    const trip = await book(fleet, 1, 3)
    await db.sys`update cars set prep_minutes = 0, turnaround_minutes = 0, back_to_back = false where fleet_id = ${fleet.id}`
    expect(await modify(trip.id, day(5), day(6))).toMatchObject({ blockedFrom: day(5, '09:00'), blockedUntil: day(6, '10:30') })
  })

  test.each([
    ['reversed', day(3), day(2), 'BAD_INPUT'],
    ['empty', day(3), day(3), 'BAD_INPUT'],
    ['endless', null, 'infinity', 'BAD_INPUT'],
    ['no change at all', null, null, 'BAD_INPUT'],
    ['longer than 366 days', null, '2033-01-01T10:00Z', 'TOO_LONG'],
    ['begun in the past', '2020-01-01T10:00Z', null, 'TOO_LONG'],
    ['begun and ended in the past', '2020-01-01T10:00Z', '2020-01-02T10:00Z', 'TOO_SOON'],
  ] as const)('refuses a period that is %s', async (_, start, end, code) => {
    const trip = await book(await makeFleet(db.sys), 1, 3)
    await refusal(modify(trip.id, start, end), code)
  })

  test.each(['active', 'completed', 'cancelled'] as const)(
    'refuses to move the start of a trip that is %s (INVALID_STATE)',
    async (status) => {
      const fleet = await makeFleet(db.sys)
      const id = await makeTrip(db.sys, fleet, { renterId: renter, start: day(1), end: day(3), status })
      const { details } = await refusal(modify(id, day(2), day(3)), 'INVALID_STATE')
      expect(details).toEqual({ from: status, operation: 'modify', allowed: status === 'active' ? ['complete'] : [] })
    },
  )

  test('lets an active trip end later', async () => {
    const id = await makeTrip(db.sys, await makeFleet(db.sys), { renterId: renter, start: day(1), end: day(3), status: 'active' })
    expect(await modify(id, null, day(4))).toMatchObject({ status: 'active', endDate: day(4), totalCost: 15_000 })
  })

  test('is for the renter, the owner and the manager; a driver and an administrator look only (FORBIDDEN), a stranger sees nothing (NOT_FOUND)', async () => {
    const fleet = await makeFleet(db.sys)
    const trip = await book(fleet, 1, 3)
    for (const [i, actor] of [renter, fleet.ownerId, fleet.managerId].entries()) {
      expect(await modify(trip.id, null, day(4 + i), null, actor)).toMatchObject({ version: 2 + i })
    }
    const admin = await makeUser(db.sys, { isAdmin: true })
    for (const actor of [fleet.driverId, admin]) await refusal(modify(trip.id, null, day(9), null, actor), 'FORBIDDEN')
    const [stranger, rival] = [await makeUser(db.sys), (await makeFleet(db.sys)).ownerId]
    for (const actor of [stranger, rival]) await refusal(modify(trip.id, null, day(9), null, actor), 'NOT_FOUND')
  })
})

describe('cancel_trip_rpc', () => {
  const cancel = (id: string, actor = renter, reason: string | null = null, version: number | null = null) =>
    call(db.api, 'cancel_trip_rpc', { trip_id: id, reason, version, actor: as(actor) })

  test('by the renter before the start: no reason asked, the cost given back as a line', async () => {
    const trip = await book(await makeFleet(db.sys), 1, 3)
    expect(await cancel(trip.id)).toMatchObject({ status: 'cancelled', cancelReason: null, version: 2, totalCost: 0 })
    expect((await get(trip.id)).lines.map((line) => [line.kind, line.amount])).toEqual([
      ['day', 10_000],
      ['refund', -10_000],
    ])
  })

  test('by the renter after the start is refused (INVALID_STATE); by the fleet it is not', async () => {
    const fleet = await makeFleet(db.sys)
    const id = await makeTrip(db.sys, fleet, { renterId: renter, start: '2020-01-01T10:00Z', end: '2020-01-02T10:00Z' })
    const { details } = await refusal(cancel(id), 'INVALID_STATE')
    expect(details).toEqual({ from: 'confirmed', operation: 'cancel', allowed: ['modify', 'start'] })
    expect(await cancel(id, fleet.managerId, 'Never came')).toMatchObject({ status: 'cancelled', cancelReason: 'Never came' })
  })

  test.each([null, '', '   '])('by the fleet asks for a reason and takes "%s" for none (REASON_REQUIRED)', async (reason) => {
    const fleet = await makeFleet(db.sys)
    const trip = await book(fleet, 1, 3)
    expect((await refusal(cancel(trip.id, fleet.ownerId, reason), 'REASON_REQUIRED')).field).toBe('reason')
    expect(await get(trip.id)).toMatchObject({ status: 'confirmed', version: 1 })
    expect(await cancel(trip.id, fleet.ownerId, ' Broken window ')).toMatchObject({ cancelReason: 'Broken window' })
  })

  test('refuses a reason longer than 1,000 characters (BAD_INPUT)', async () => {
    const trip = await book(await makeFleet(db.sys), 1, 3)
    expect((await refusal(cancel(trip.id, renter, 'x'.repeat(1001)), 'BAD_INPUT')).field).toBe('reason')
    expect(await cancel(trip.id, renter, 'x'.repeat(1000))).toMatchObject({ status: 'cancelled' })
  })

  test.each(['active', 'completed', 'cancelled'] as const)('refuses a trip that is %s (INVALID_STATE)', async (status) => {
    const fleet = await makeFleet(db.sys)
    const id = await makeTrip(db.sys, fleet, { renterId: renter, start: day(1), end: day(3), status })
    const { details } = await refusal(cancel(id, fleet.ownerId, 'Why not'), 'INVALID_STATE')
    expect(details).toEqual({ from: status, operation: 'cancel', allowed: status === 'active' ? ['complete', 'modify'] : [] })
  })

  test('refuses another version (VERSION_MISMATCH); of many at once exactly one cancels, the others find it done (INVALID_STATE)', async () => {
    const trip = await book(await makeFleet(db.sys), 1, 3)
    await refusal(cancel(trip.id, renter, null, 7), 'VERSION_MISMATCH')
    const results = await Promise.allSettled([1, 2, 3, 4].map(() => cancel(trip.id)))
    const words = results.map((result) => (result.status === 'fulfilled' ? 'cancelled' : String(result.reason.code)))
    expect(words.sort()).toEqual(['INVALID_STATE', 'INVALID_STATE', 'INVALID_STATE', 'cancelled'])
    expect((await get(trip.id)).lines.filter((line) => line.kind === 'refund')).toHaveLength(1)
  })

  test('gives back what was charged in the end, once', async () => {
    const trip = await book(await makeFleet(db.sys), 1, 3)
    await call(db.api, 'modify_trip_rpc', { trip_id: trip.id, end_date: day(6), actor: as(renter) })
    expect(await cancel(trip.id)).toMatchObject({ totalCost: 0, version: 3 })
    expect((await get(trip.id)).lines.map((line) => line.amount)).toEqual([10_000, 15_000, -25_000])
  })

  test('of a block, which cost nothing, adds no line', async () => {
    const fleet = await makeFleet(db.sys)
    const args = { car_id: firstCar(fleet), start_date: day(1), end_date: day(3), purpose: 'repair', actor: as(fleet.managerId) }
    const made = (await call(db.api, 'create_trip_rpc', args)) as Trip
    expect(await cancel(made.id, fleet.ownerId, 'Repaired')).toMatchObject({ status: 'cancelled', totalCost: 0 })
    expect((await get(made.id, fleet.ownerId)).lines).toEqual([])
  })

  test('is for the renter, the owner and the manager; a driver and an administrator look only (FORBIDDEN), a stranger sees nothing (NOT_FOUND)', async () => {
    const fleet = await makeFleet(db.sys)
    const trip = await book(fleet, 1, 3)
    const admin = await makeUser(db.sys, { isAdmin: true })
    for (const actor of [fleet.driverId, admin]) await refusal(cancel(trip.id, actor, 'Because'), 'FORBIDDEN')
    for (const actor of [await makeUser(db.sys), (await makeFleet(db.sys)).managerId])
      await refusal(cancel(trip.id, actor, 'Because'), 'NOT_FOUND')
  })
})
