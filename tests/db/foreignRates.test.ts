// What belongs to one fleet cannot be used by another, and aggregates cannot be nonsense, whoever writes.
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { firstCar, makeFleet, sqlstate } from '../support/fixtures.ts'

describe('a car', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys)
  const other = await makeFleet(db.sys)
  const car = firstCar(fleet)

  test('takes no rate plan and no class of another fleet, nor does the fleet (23503)', async () => {
    expect(await sqlstate(db.sys`update cars set rate_plan_id = ${fleet.planId} where id = ${car}`)).toBe('00000')
    expect(await sqlstate(db.sys`update cars set rate_plan_id = ${other.planId} where id = ${car}`)).toBe('23503')
    expect(await sqlstate(db.sys`update cars set car_class_id = ${other.classId} where id = ${car}`)).toBe('23503')
    expect(await sqlstate(db.sys`update car_classes set rate_plan_id = ${other.planId} where id = ${fleet.classId}`)).toBe('23503')
    expect(await sqlstate(db.sys`update fleets set rate_plan_id = ${other.planId} where id = ${fleet.id}`)).toBe('23503')
  })

  test.each([
    ['fewer than no reviews', 'total_reviews = -1, rating_sum = -1'],
    ['a sum that its reviews cannot have', 'total_reviews = 2, rating_sum = 11'],
    ['a histogram without its five places', "rating_histogram = '{1}'"],
    ['a histogram below zero', "rating_histogram = '{0,0,-1,0,0}'"],
  ])('has never %s (23514)', async (_, change) => {
    expect(await sqlstate(db.sys.unsafe(`update cars set ${change} where id = '${car}'`))).toBe('23514')
  })
})
