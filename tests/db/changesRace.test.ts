// Everything that changes trips at once, from 24 connections on few cars: create, times, cars, drivers, swaps, blocks with their plans, cancels.
import { call, connect, type Database, DatabaseError } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, makeFleet, type TestFleet } from '../support/fixtures.ts'
import { sequence } from '../support/random.ts'
import { countedDeadlocks, deadlocksIn, watchLog } from '../support/serverLog.ts'

const connections = 24
const rounds = 30
const hour = 3_600_000
const expected = [
  'done',
  'TRIP_OVERLAP',
  'DRIVER_BUSY',
  'PLAN_STALE',
  'INVALID_STATE',
  'VERSION_MISMATCH',
  'BAD_INPUT',
  'NOT_FOUND',
  // A trip was moved three times running between a look and the lock.
  'TRY_AGAIN',
]

interface Trip {
  id: string
  version: number
}

/** One manager who does this and that; answers how often each thing ended how. */
async function manage(api: Database, fleet: TestFleet, trips: Trip[], seed: number): Promise<Record<string, number>> {
  const next = sequence(seed)
  const pick = <T>(from: readonly T[]) => from[next(from.length)]
  const actor = as(next(2) === 0 ? fleet.ownerId : fleet.managerId)
  const period = (length: number) => {
    const start = Date.UTC(2031, 5, 1) + next(300) * hour
    return { start_date: new Date(start).toISOString(), end_date: new Date(start + (1 + next(length)) * hour).toISOString() }
  }
  const someCar = () => pick(fleet.carIds) ?? ''
  const act = async (dice: number): Promise<unknown> => {
    const [trip, other] = [pick(trips), pick(trips)]
    if (trip === undefined || other === undefined || dice < 4) {
      const made = (await call(api, 'create_trip_rpc', { car_id: someCar(), ...period(12), actor })) as Trip
      return trips.push(made)
    }
    const driver_id = pick([fleet.driverId, fleet.managerId]) ?? ''
    if (dice < 5) return call(api, 'modify_trip_rpc', { trip_id: trip.id, ...period(12), actor })
    if (dice < 7) return call(api, 'modify_trip_rpc', { trip_id: trip.id, driver_id, actor })
    if (dice < 9) {
      return call(api, 'modify_trip_rpc', { trip_id: trip.id, car_id: someCar(), ...(next(2) === 0 ? period(12) : {}), driver_id, actor })
    }
    if (dice < 14) return call(api, 'swap_trips_rpc', { trip_id: trip.id, other_trip_id: other.id, actor })
    if (dice < 17) {
      const block = { car_id: someCar(), ...period(60), actor }
      const { plan } = (await call(api, 'block_car_rpc', { ...block, dry_run: true })) as { plan: unknown }
      return call(api, 'block_car_rpc', { ...block, plan })
    }
    return call(api, 'cancel_trip_rpc', { trip_id: trip.id, reason: 'Made room', actor })
  }
  const answers: Record<string, number> = {}
  for (let round = 0; round < rounds; round += 1) {
    const word = await act(next(18)).then(
      () => 'done',
      (error: unknown) => (error instanceof DatabaseError ? error.code : String(error)),
    )
    answers[word] = (answers[word] ?? 0) + 1
  }
  return answers
}

describe('24 connections that change the trips of five cars', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys, { cars: 5 })

  test('never deadlock, never overlap, lose no line, and answer nothing but what is documented', async () => {
    const logged = watchLog(db)
    const api = connect({ url: db.apiUrl, max: connections, lockTimeoutMs: 60_000, statementTimeoutMs: 60_000 })
    const trips: Trip[] = []
    let answers: Record<string, number>[] = []
    try {
      answers = await Promise.all(Array.from({ length: connections }, (_, i) => manage(api, fleet, trips, i + 1)))
    } finally {
      await api.close()
    }
    const words = new Set(answers.flatMap((answer) => Object.keys(answer)))
    expect([...words].filter((word) => !expected.includes(word))).toEqual([])
    expect(answers.reduce((sum, answer) => sum + (answer.done ?? 0), 0)).toBeGreaterThan(connections)
    for (const word of ['TRIP_OVERLAP', 'DRIVER_BUSY']) expect([...words]).toContain(word)

    expect(deadlocksIn(logged())).toEqual([])
    expect(await countedDeadlocks(db, 2)).toBe(0)
    expect(await db.sys`select from private.verify_overlaps()`).toEqual([])
    expect(await db.sys`select from private.verify_ids()`).toEqual([])
    expect(await db.sys`select from private.verify_totals()`).toEqual([])
    const [seen] = await db.sys<{ rows: number; distinct: number; moved: number }[]>`
      select count(*)::int as rows, count(distinct id)::int as distinct, count(*) filter (where version > 2)::int as moved
        from trips where id = any (${trips.map((trip) => trip.id)}::uuid[])`
    expect([seen?.rows, seen?.distinct]).toEqual([trips.length, trips.length])
    expect(seen?.moved).toBeGreaterThan(0)
  })

  test('leave every driver with exactly the trips that name them', async () => {
    const missing = await db.sys`
      select t.id from trips as t
       where t.driver_id is not null and t.status in ('held', 'requested', 'confirmed', 'active', 'completed')
         and not exists (select from driver_assignments as a where a.trip_id = t.id and a.driver_id = t.driver_id
           and a.period = tstzrange(t.trip_start_date, t.trip_end_date))`
    const left = await db.sys`
      select a.trip_id from driver_assignments as a
       where not exists (select from trips as t where t.id = a.trip_id and t.driver_id = a.driver_id and t.status <> 'cancelled')`
    const [seen] = await db.sys<{ n: number }[]>`select count(*)::int as n from driver_assignments`
    expect([[...missing], [...left]]).toEqual([[], []])
    expect(seen?.n).toBeGreaterThan(0)
  })
})
