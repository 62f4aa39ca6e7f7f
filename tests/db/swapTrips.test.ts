// Two trips that change cars: both or neither, and no moment at which either car looks free.
import { call, connect, DatabaseError } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { bookCar, carOf, day, readTrip } from '../support/booking.ts'
import { openTestDatabase } from '../support/database.ts'
import { as, makeFleet, makeTrip, makeUser, refusal } from '../support/fixtures.ts'

const db = await openTestDatabase()
const renter = await makeUser(db.sys)

const swap = (id: string, other: string, actor: string, versions: (number | null)[] = [null, null], dry_run = false) =>
  call(db.api, 'swap_trips_rpc', {
    trip_id: id,
    other_trip_id: other,
    version: versions[0] ?? null,
    other_version: versions[1] ?? null,
    actor: as(actor),
    dry_run,
  })

async function pair(options: Parameters<typeof makeFleet>[1] = {}) {
  const fleet = await makeFleet(db.sys, { cars: 3, ...options })
  const [a, b] = [await bookCar(db, fleet, 0, 1, 4, as(renter)), await bookCar(db, fleet, 1, 2, 6, as(renter))]
  return { fleet, a, b }
}

describe('swap_trips_rpc', () => {
  test('changes the cars of two trips that overlap each other, one version each, prices and lines as they were', async () => {
    const { fleet, a, b } = await pair()
    const answer = (await swap(a.id, b.id, fleet.managerId, [1, 1])) as { trips: unknown[] }
    expect(answer.trips).toMatchObject([
      { id: a.id, carId: carOf(fleet, 1), version: 2, totalCost: 15_000, startDate: day(1) },
      { id: b.id, carId: carOf(fleet, 0), version: 2, totalCost: 20_000, startDate: day(2) },
    ])
    for (const trip of [a, b]) {
      const { lines, totalCost } = await readTrip(db, fleet, trip.id)
      expect([totalCost, lines.map((line) => line.amount)]).toEqual([trip.totalCost, [trip.totalCost]])
    }
    expect(await swap(b.id, a.id, fleet.ownerId, [2, 2])).toMatchObject({ trips: [{ carId: carOf(fleet, 1) }, { carId: carOf(fleet, 0) }] })
  })

  test('in a dry run answers both as they would be and changes nothing', async () => {
    const { fleet, a, b } = await pair()
    expect(await swap(a.id, b.id, fleet.ownerId, [1, 1], true)).toMatchObject({
      trips: [{ carId: carOf(fleet, 1) }, { carId: carOf(fleet, 0) }],
    })
    expect(await readTrip(db, fleet, a.id)).toMatchObject({ carId: carOf(fleet, 0), version: 1 })
  })

  test('refuses when another trip is in the way of either (TRIP_OVERLAP), and moves neither', async () => {
    const { fleet, a, b } = await pair()
    await bookCar(db, fleet, 0, 5, 7, as(renter))
    const { details } = await refusal(swap(a.id, b.id, fleet.ownerId), 'TRIP_OVERLAP')
    // The two of them are not in each other's way.
    expect(details?.conflicts).toEqual([{ startDate: day(5), endDate: day(7) }])
    for (const [n, trip] of [a, b].entries())
      expect(await readTrip(db, fleet, trip.id)).toMatchObject({ carId: carOf(fleet, n), version: 1, totalCost: trip.totalCost })
  })

  test("refuses when the other car's buffers are in the way (TRIP_OVERLAP)", async () => {
    const { fleet, a, b } = await pair()
    await bookCar(db, fleet, 1, 7, 8, as(renter))
    expect(await swap(a.id, b.id, fleet.ownerId)).toBeDefined()
    await db.sys`update cars set turnaround_minutes = 1440 where id = ${carOf(fleet, 1)}`
    await refusal(swap(a.id, b.id, fleet.ownerId), 'TRIP_OVERLAP')
  })

  test('refuses other versions than those that were read (VERSION_MISMATCH) and says which trip is meant', async () => {
    const { fleet, a, b } = await pair()
    const first = await refusal(swap(a.id, b.id, fleet.ownerId, [2, 1]), 'VERSION_MISMATCH')
    const second = await refusal(swap(a.id, b.id, fleet.ownerId, [1, 5]), 'VERSION_MISMATCH')
    expect([first.field, first.details, second.field, second.details]).toEqual(['id', { version: 1 }, 'otherId', { version: 1 }])
  })

  test.each(['active', 'completed', 'cancelled'] as const)('refuses a trip that is %s (INVALID_STATE)', async (status) => {
    const { fleet, a } = await pair()
    const other = await makeTrip(db.sys, fleet, { carId: carOf(fleet, 2), renterId: renter, start: day(1), end: day(2), status })
    expect((await refusal(swap(a.id, other, fleet.ownerId), 'INVALID_STATE')).details).toMatchObject({ from: status, operation: 'swap' })
    await refusal(swap(other, a.id, fleet.ownerId), 'INVALID_STATE')
  })

  test('refuses a trip with itself, two of one car, two of different fleets and a retired car (BAD_INPUT)', async () => {
    const { fleet, a, b } = await pair()
    const reason = async (id: string, other: string) => (await refusal(swap(id, other, fleet.ownerId), 'BAD_INPUT')).details?.reason
    expect(await reason(a.id, a.id)).toBe('SAME_TRIP')
    expect(await reason(a.id, (await bookCar(db, fleet, 0, 8, 9, as(renter))).id)).toBe('SAME_CAR')
    const second = await makeFleet(db.sys)
    await db.sys`insert into fleet_members (fleet_id, user_id, role) values (${second.id}, ${fleet.ownerId}, 'owner')`
    expect(await reason(a.id, (await bookCar(db, second, 0, 1, 2, as(renter))).id)).toBe('OTHER_FLEET')
    await db.sys`update cars set retired_at = now() where id = ${carOf(fleet, 1)}`
    expect(await reason(a.id, b.id)).toBe('CAR_RETIRED')
  })

  test('is for owners and managers: a renter and a driver look only (FORBIDDEN), a stranger sees nothing (NOT_FOUND)', async () => {
    const { fleet, a, b } = await pair()
    for (const actor of [renter, fleet.driverId]) await refusal(swap(a.id, b.id, actor), 'FORBIDDEN')
    expect((await refusal(swap(a.id, b.id, await makeUser(db.sys)), 'NOT_FOUND')).field).toBe('id')
    const rival = await makeFleet(db.sys)
    expect((await refusal(swap((await bookCar(db, rival, 0, 1, 2, as(renter))).id, b.id, rival.ownerId), 'NOT_FOUND')).field).toBe(
      'otherId',
    )
  })

  test('while two trips keep swapping, a booker never gets in and a reader always sees each trip once, with its lines', async () => {
    const { fleet, a, b } = await pair()
    const api = connect({ url: db.apiUrl, max: 9, lockTimeoutMs: 60_000, statementTimeoutMs: 60_000 })
    const strays: unknown[] = []
    let swapping = true
    const swapper = async () => {
      for (let i = 0; i < 60; i += 1) await call(api, 'swap_trips_rpc', { trip_id: a.id, other_trip_id: b.id, actor: as(fleet.ownerId) })
      swapping = false
    }
    const booker = async (n: number) => {
      let refused = 0
      while (swapping) {
        const args = { car_id: carOf(fleet, n), start_date: day(2), end_date: day(3), actor: as(renter) }
        const code = await call(api, 'create_trip_rpc', args).then(
          () => 'booked',
          (error: unknown) => (error instanceof DatabaseError ? error.code : String(error)),
        )
        if (code !== 'TRIP_OVERLAP') strays.push(code)
        refused += 1
      }
      return refused
    }
    /** Inserts without any lock: only the constraint stands in its way. */
    const stranger = async () => {
      while (swapping) {
        const rows = await db.sys`
          insert into trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, blocked, currency)
          values (${carOf(fleet, 0)}, private.uuid_v7(), ${fleet.id}, ${renter}, 'rental', 'confirmed', ${day(2)}, ${day(3)},
                  private.blocked_range(${day(2)}, ${day(3)}, 0, 0, false), 'EUR')
          on conflict on constraint prevent_overlap do nothing returning id`
        if (rows.length > 0) strays.push('inserted')
      }
    }
    const reader = async () => {
      let seen = 0
      while (swapping) {
        const [row] = await db.admin<{ rows: number; cars: number; lines: number; total: string }[]>`
          select count(distinct t.id)::int as rows, count(distinct t.car_id)::int as cars, count(l.id)::int as lines, sum(l.amount) as total
            from trips as t left join trip_lines as l on l.car_id = t.car_id and l.trip_id = t.id where t.id in (${a.id}, ${b.id})`
        if (row?.rows !== 2 || row.cars !== 2 || row.lines !== 2 || Number(row.total) !== 35_000) strays.push(row)
        const trip = await readTrip(db, fleet, a.id)
        if (trip.totalCost !== 15_000 || trip.lines.length !== 1) strays.push(trip)
        seen += 1
      }
      return seen
    }
    try {
      const [, ...counts] = await Promise.all([swapper(), booker(0), booker(1), booker(0), booker(1), reader(), stranger()])
      expect(strays).toEqual([])
      for (const count of counts.slice(0, 5)) expect(count).toBeGreaterThan(0)
    } finally {
      swapping = false
      await api.close()
    }
    expect(await readTrip(db, fleet, a.id)).toMatchObject({ carId: carOf(fleet, 0), version: 61 })
  })
})
