// The examples of docs/rules.md: rules that can be set, refusals that are given, a series that is booked.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { call, type DatabaseError } from '@fleetflow/db'
import { appRouter } from '@fleetflow/server'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeUser, refusal } from '../support/fixtures.ts'

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'rules.md'), 'utf8')
const blocks = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = '']) => JSON.parse(text) as Record<string, unknown>)
const rules = blocks.find((block) => 'openingHours' in block)
const policy = blocks.find((block) => 'cancellationPolicy' in block && !('openingHours' in block))
const refusals = blocks.filter((block) => 'book' in block) as unknown as {
  book: [string, string]
  code: DatabaseError['code']
  field: string
  details: object
}[]
const [series] = blocks.filter((block) => 'series' in block) as unknown as { series: { rrule: string }; starts: string[] }[]

describe('docs/rules.md', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys, { timeZone: 'Europe/Lisbon' })
  const renter = await makeUser(db.sys)

  test('has rules, a policy, refusals and a series', () => {
    expect([rules, policy, series].includes(undefined)).toBe(false)
    expect(refusals.length).toBeGreaterThanOrEqual(4)
  })

  test('the rules and the policy can be set as they stand', async () => {
    const set = (given: unknown) => call(db.api, 'set_fleet_rules_rpc', { fleet: fleet.id, rules: given, actor: as(fleet.ownerId) })
    expect(await set(policy)).toMatchObject(policy ?? {})
    expect(await set(rules)).toMatchObject(rules ?? {})
  })

  test.each(refusals)('from $book.0 to $book.1 is refused ($code)', async ({ book: [start_date, end_date], code, field, details }) => {
    const booking = call(db.api, 'create_trip_rpc', { car_id: firstCar(fleet), start_date, end_date, actor: as(renter) })
    const refused = await refusal(booking, code)
    expect([refused.field, refused.details]).toEqual([field, details])
  })

  test('the series is booked at these instants', async () => {
    const plain = await makeFleet(db.sys, { timeZone: 'Europe/Lisbon' })
    const procedures = appRouter._def.procedures as unknown as Record<
      string,
      { _def: { inputs: { parse(input: unknown): { occurrences: string[]; minutes: number } }[] } }
    >
    const parsed = procedures['trips.createSeries']?._def.inputs[0]?.parse({ carId: firstCar(plain), ...series?.series })
    const booked = (await call(db.api, 'create_trip_series_rpc', {
      car_id: firstCar(plain),
      local_starts: parsed?.occurrences,
      minutes: parsed?.minutes ?? 0,
      actor: as(renter),
    })) as { trips: { startDate: string }[] }
    expect(booked.trips.map(({ startDate }) => startDate)).toEqual(series?.starts)
  })
})
