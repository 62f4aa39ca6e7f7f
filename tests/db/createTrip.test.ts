// Booking through create_trip_rpc: what is stored, who may, and every refusal.
import { call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeUser, refusal } from '../support/fixtures.ts'

describe('create_trip_rpc', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys)
  const renter = await makeUser(db.sys)
  const carId = firstCar(fleet)

  test('books a car for a renter at the price of its plan', async () => {
    const trip = await call(db.api, 'create_trip_rpc', {
      car_id: carId,
      start_date: '2030-01-05T10:00:00Z',
      end_date: '2030-01-07T10:00:00Z',
      actor: as(renter),
    })
    expect(trip).toMatchObject({
      carId,
      bookedById: renter,
      status: 'confirmed',
      purpose: 'rental',
      totalCost: 10_000,
      currency: 'EUR',
      version: 1,
    })
  })

  test('refuses a second booking of the same car in the same period (TRIP_OVERLAP)', async () => {
    const again = call(db.api, 'create_trip_rpc', {
      car_id: carId,
      start_date: '2030-01-06T10:00:00Z',
      end_date: '2030-01-08T10:00:00Z',
      actor: as(renter),
    })
    const { details } = await refusal(again, 'TRIP_OVERLAP')
    expect(details).toEqual({
      conflicts: [{ startDate: '2030-01-05T10:00:00.000Z', endDate: '2030-01-07T10:00:00.000Z' }],
      nextFree: '2030-01-07T10:01:00.000Z',
      nextStarts: ['2030-01-07T10:01:00.000Z'],
      alternatives: [],
    })
  })
})
