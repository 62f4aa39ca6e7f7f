// A tariff whose factors multiply to more than any number: that car has no price, and nobody else's search or booking notices.
import { call } from '@fleetflow/db'
import { expect, test } from 'vitest'
import { bookCar, carOf, day } from '../support/booking.ts'
import { inMinutes } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { as, makeFleet, makeUser, refusal } from '../support/fixtures.ts'
import { livesOf } from '../support/life.ts'

const db = await openTestDatabase()
const renter = as(await makeUser(db.sys))
const fees = Array.from({ length: 20 }, (_, i) => ({ name: `Fee ${i}`, ppm: 1_000_000 }))
const tariff = { dayRate: 1e12, hourRate: 0, minimumCharge: 0, weekdays: Array<number>(7).fill(10_000_000), fees }
const period = { start_date: day(1), end_date: day(30) }

test('a car priced beyond all numbers is left out of a search and of what else can be had, and its quote is BAD_INPUT', async () => {
  const fleet = await makeFleet(db.sys, { cars: 3 })
  const owner = as(fleet.ownerId)
  await call(db.api, 'create_rate_plan_rpc', {
    fleet: fleet.slug,
    name: 'Beyond',
    tariff,
    assign_to: { carId: carOf(fleet, 0) },
    actor: owner,
  })
  await refusal(call(db.api, 'quote_trip_rpc', { car_id: carOf(fleet, 0), ...period, actor: renter }), 'BAD_INPUT')

  const found = (await call(db.api, 'search_cars_rpc', { ...period, fleet: fleet.slug, actor: renter })) as {
    items: { car: { id: string } }[]
  }
  expect(found.items.map(({ car }) => car.id).sort()).toEqual([carOf(fleet, 1), carOf(fleet, 2)].sort())

  await bookCar(db, fleet, 1, 1, 30, renter)
  const again = call(db.api, 'create_trip_rpc', { car_id: carOf(fleet, 1), ...period, alternatives: 5, actor: renter })
  const { details } = await refusal(again, 'TRIP_OVERLAP')
  const other: unknown = expect.objectContaining({ carId: carOf(fleet, 2), price: expect.objectContaining({ currency: 'EUR' }) as unknown })
  expect(details).toMatchObject({ alternatives: expect.arrayContaining([other]) as unknown })
})

test('a distance that costs more than JSON can say exactly is BAD_INPUT (odometer), and the car can still be brought back', async () => {
  const fleet = await makeFleet(db.sys)
  const distance = { unit: 'km', includedPerDay: 0, perUnit: 1_000_000_000 }
  await call(db.api, 'create_rate_plan_rpc', {
    fleet: fleet.slug,
    name: 'Far',
    tariff: { dayRate: 1000, hourRate: 100, minimumCharge: 0, distance },
    assign_to: { carId: carOf(fleet, 0) },
    actor: as(fleet.ownerId),
  })
  const { create, start, complete } = livesOf(db)
  const trip = await create(fleet.ownerId, carOf(fleet, 0), inMinutes(10), inMinutes(70))
  await start(fleet.ownerId, trip.id, { odometer: 0 })
  const { field } = await refusal(complete(fleet.ownerId, trip.id, { odometer: 10_000_000 }), 'BAD_INPUT')
  expect(field).toBe('odometer')
  expect(await complete(fleet.ownerId, trip.id, { odometer: 9_000_000 })).toMatchObject({ status: 'completed' })
})
