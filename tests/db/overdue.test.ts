// An overdue car is not bookable now: whoever books it first finds it blocked until it could be turned around.
import { call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeTrip, makeUser, refusal, type TestFleet } from '../support/fixtures.ts'

const minutes = (n: number) => new Date(Date.now() + n * 60_000).toISOString()

describe('an active trip past its end', async () => {
  const db = await openTestDatabase()
  const renter = await makeUser(db.sys)
  const overdueTrip = (fleet: TestFleet) =>
    makeTrip(db.sys, fleet, { renterId: renter, start: minutes(-120), end: minutes(-60), status: 'active', turnaroundMinutes: 30 })
  const book = (fleet: TestFleet, from: number, to: number) =>
    call(db.api, 'create_trip_rpc', { car_id: firstCar(fleet), start_date: minutes(from), end_date: minutes(to), actor: as(renter) })
  const blockedOf = async (id: string) => {
    const [row] = await db.sys<{ cut: boolean; ahead: number; inclusive: boolean }[]>`
      select cut, upper_inc(blocked) as inclusive, round(extract(epoch from upper(blocked) - now()) / 60)::int as ahead from trips where id = ${id}`
    return row
  }

  test('takes the car now and for its turnaround (TRIP_OVERLAP), and later bookings stand', async () => {
    const fleet = await makeFleet(db.sys)
    const id = await overdueTrip(fleet)
    await refusal(book(fleet, 20, 60), 'TRIP_OVERLAP')
    // A refused booking undoes what it prepared; one that is stored keeps it.
    await book(fleet, 600, 660)
    expect(await blockedOf(id)).toEqual({ cut: false, inclusive: true, ahead: 30 })
  })

  test('grows at most up to the next trip, and says that it was cut', async () => {
    const fleet = await makeFleet(db.sys)
    const id = await overdueTrip(fleet)
    const next = await makeTrip(db.sys, fleet, { renterId: renter, start: minutes(-10), end: minutes(30) })
    await book(fleet, 600, 660)
    const [row] =
      await db.sys`select upper(t.blocked) = lower(n.blocked) as touching, t.cut from trips as t, trips as n where t.id = ${id} and n.id = ${next}`
    expect(row).toEqual({ touching: true, cut: true })
    await book(fleet, 700, 760)
    expect(await blockedOf(id)).toMatchObject({ cut: true, inclusive: false })
  })

  test('can be extended, which makes it whole again', async () => {
    const fleet = await makeFleet(db.sys)
    const id = await overdueTrip(fleet)
    const next = await makeTrip(db.sys, fleet, { renterId: renter, start: minutes(-10), end: minutes(30) })
    await book(fleet, 600, 660)
    await db.sys`update trips set status = 'cancelled' where id = ${next}`
    await call(db.api, 'modify_trip_rpc', { trip_id: id, end_date: minutes(45), actor: as(renter) })
    expect(await blockedOf(id)).toEqual({ cut: false, inclusive: true, ahead: 75 })
  })
})
