// What a renter may still do with a trip whose car they can no longer see.
import { call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeTrip, makeUser, refusal } from '../support/fixtures.ts'

describe('a retired car', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys)
  const renter = await makeUser(db.sys)
  const coming = await makeTrip(db.sys, fleet, { renterId: renter, start: '2031-05-01T10:00:00Z', end: '2031-05-02T10:00:00Z' })
  const past = await makeTrip(db.sys, fleet, {
    renterId: renter,
    start: '2021-05-01T10:00:00Z',
    end: '2021-05-02T10:00:00Z',
    status: 'completed',
  })
  await db.sys`update cars set retired_at = now() where id = ${firstCar(fleet)}`

  test('is hidden from renters and not bookable (NOT_FOUND)', async () => {
    await refusal(call(db.api, 'get_car_rpc', { car_id: firstCar(fleet), actor: as(renter) }), 'NOT_FOUND')
    for (const actor of [as(renter), as(fleet.ownerId)]) {
      const booking = { car_id: firstCar(fleet), start_date: '2031-06-01T10:00:00Z', end_date: '2031-06-02T10:00:00Z', actor }
      await refusal(call(db.api, 'create_trip_rpc', booking), 'NOT_FOUND')
    }
  })

  test('a trip with it is still priced when it is extended', async () => {
    const trip = await call(db.api, 'modify_trip_rpc', { trip_id: coming, end_date: '2031-05-03T10:00:00Z', actor: as(renter) })
    expect(trip).toMatchObject({ totalCost: 10_000, version: 2 })
  })

  test('a rental with it can still be reviewed', async () => {
    const review = await call(db.api, 'create_review_rpc', { trip_id: past, rating: 4, actor: as(renter) })
    expect(review).toMatchObject({ tripId: past, rating: 4, comment: null })
  })
})
