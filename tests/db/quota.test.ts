// How many open trips a renter may have in a fleet: exactly as many as its quota says, however many ask at once and on however many cars.
import { call, connect, DatabaseError } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, makeFleet, makeTrip, makeUser, refusal } from '../support/fixtures.ts'

const connections = 32

describe('the quota of a renter', async () => {
  const db = await openTestDatabase()

  async function limited(quota: number, cars: number) {
    const fleet = await makeFleet(db.sys, { cars })
    await call(db.api, 'set_fleet_rules_rpc', { fleet: fleet.slug, rules: { maxOpenTrips: quota }, actor: as(fleet.ownerId) })
    return fleet
  }
  const day = (n: number) => ({
    start_date: new Date(Date.UTC(2031, 0, 1 + 2 * n, 10)).toISOString(),
    end_date: new Date(Date.UTC(2031, 0, 2 + 2 * n, 10)).toISOString(),
  })

  test(`${connections} connections on different cars for one renter: exactly the quota is booked (QUOTA_EXCEEDED)`, async () => {
    for (let round = 0; round < 4; round += 1) {
      const quota = 5 + round
      const fleet = await limited(quota, connections)
      const renter = await makeUser(db.sys)
      const pool = connect({ url: db.apiUrl, max: connections, applicationName: 'fleetflow-quota' })
      const answers = await Promise.all(
        fleet.carIds.map((carId) =>
          call(pool, 'create_trip_rpc', { car_id: carId, ...day(0), actor: as(renter) }).then(
            () => 'booked',
            (error: unknown) => (error instanceof DatabaseError ? error.code : String(error)),
          ),
        ),
      )
      await pool.close()
      expect(Object.groupBy(answers, (answer) => answer)).toMatchObject({
        booked: { length: quota },
        QUOTA_EXCEEDED: { length: connections - quota },
      })
      const [stored] = await db.sys`select count(*)::integer as trips from trips where booked_by_id = ${renter}`
      expect(stored?.trips).toBe(quota)
    }
  })

  test('counts what is open and nothing else: other fleets, other renters, ended and blocked time do not count (QUOTA_EXCEEDED, limit)', async () => {
    const [fleet, other] = [await limited(2, 1), await makeFleet(db.sys)]
    const carId = fleet.carIds[0] ?? ''
    const [renter, second] = [await makeUser(db.sys), await makeUser(db.sys)]
    await makeTrip(db.sys, other, { renterId: renter, start: '2031-01-01T10:00Z', end: '2031-01-02T10:00Z' })
    await makeTrip(db.sys, fleet, { renterId: second, start: '2030-01-01T10:00Z', end: '2030-01-02T10:00Z' })
    await makeTrip(db.sys, fleet, { renterId: renter, start: '2020-01-01T10:00Z', end: '2020-01-02T10:00Z', status: 'completed' })
    // Confirmed, never driven and long over: time has closed it, whoever forgot to.
    await makeTrip(db.sys, fleet, { renterId: renter, start: '2025-01-01T10:00Z', end: '2025-01-02T10:00Z' })
    const book = (n: number, more = {}) =>
      call(db.api, 'create_trip_rpc', { car_id: carId, ...day(n), actor: as(renter), ...more }) as Promise<{ id: string }>
    const first = await book(0)
    await book(1)
    const refused = await refusal(book(2), 'QUOTA_EXCEEDED')
    expect([refused.field, refused.details]).toEqual([undefined, { limit: 2 }])
    await call(db.api, 'cancel_trip_rpc', { trip_id: first.id, actor: as(renter) })
    await expect(book(2)).resolves.toBeDefined()
  })

  test('binds the renter also when a manager books, but neither managers themselves nor the fleet own use (QUOTA_EXCEEDED)', async () => {
    const fleet = await limited(1, 1)
    const renter = await makeUser(db.sys)
    const book = (n: number, more: object) =>
      call(db.api, 'create_trip_rpc', { car_id: fleet.carIds[0] ?? '', ...day(n), actor: as(fleet.managerId), ...more })
    await book(0, { user_id: renter })
    await refusal(book(1, { user_id: renter }), 'QUOTA_EXCEEDED')
    await book(2, {})
    await book(3, {})
    await book(4, { purpose: 'maintenance' })
  })

  test('a refusal for the quota leaves no lock and no trip behind', async () => {
    const fleet = await limited(1, 2)
    const renter = await makeUser(db.sys)
    await call(db.api, 'create_trip_rpc', { car_id: fleet.carIds[0] ?? '', ...day(0), actor: as(renter) })
    await refusal(call(db.api, 'create_trip_rpc', { car_id: fleet.carIds[1] ?? '', ...day(0), actor: as(renter) }), 'QUOTA_EXCEEDED')
    const another = await makeUser(db.sys)
    await expect(call(db.api, 'create_trip_rpc', { car_id: fleet.carIds[1] ?? '', ...day(0), actor: as(another) })).resolves.toBeDefined()
  })
})
