// What docs/trips.md says about states, policies and refunds is what the database does.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { inMinutes } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeUser, refusal } from '../support/fixtures.ts'
import { livesOf } from '../support/life.ts'

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'trips.md'), 'utf8')
const blocks = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = '']) => JSON.parse(text) as Record<string, unknown>)
const steps = [...page.matchAll(/^\| `(\w+)` +\| `(\w+)` +\| `(\w+)` +\|$/gm)].map(
  ([, from, to, operation]) => `${from} ${to} ${operation}`,
)
const examples = blocks.filter((block) => 'minutesBefore' in block) as unknown as {
  policy: string
  minutesBefore: number
  totalCost: number
  refund: number
  fee: number
}[]

describe('docs/trips.md', async () => {
  const db = await openTestDatabase()
  const { create, start } = livesOf(db)

  test('has steps, policies and examples', () => {
    expect([steps.length > 15, blocks.length >= 5, examples.length >= 3]).toEqual([true, true, true])
  })

  test('lists the steps of the transition table', async () => {
    const rows = await db.sys<{ step: string }[]>`select from_status || ' ' || to_status || ' ' || operation as step from trip_transitions`
    expect(steps.toSorted()).toEqual(rows.map(({ step }) => step).toSorted())
  })

  test('lists the tiers of every named policy', async () => {
    const documented = blocks.find((block) => 'flexible' in block) ?? {}
    for (const [name, tiers] of Object.entries(documented)) {
      const [row] = await db.admin`select private.cancellation_policy(to_jsonb(${name}::text)) as policy`
      expect(row?.policy).toEqual({ name, tiers })
    }
    expect(Object.keys(documented)).toEqual(['flexible', 'moderate', 'strict', 'non_refundable'])
  })

  test.each(examples)('$policy, $minutesBefore minutes before, gives back $refund', async ({ policy, minutesBefore, ...money }) => {
    const fleet = await makeFleet(db.sys, { timeZone: 'UTC' })
    await db.sys`update fleets set cancellation_policy = ${db.sys.json(policy)} where id = ${fleet.id}`
    const renter = await makeUser(db.sys)
    const { id, totalCost } = await create(renter, firstCar(fleet), inMinutes(minutesBefore), inMinutes(minutesBefore + 2880))
    const terms = await call(db.api, 'cancel_preview_rpc', { trip_id: id, actor: as(renter) })
    expect({ totalCost, ...(terms as object) }).toMatchObject({ policy, ...money })
  })

  test('shows what a refusal says is allowed (INVALID_STATE)', async () => {
    const [fleet, renter] = [await makeFleet(db.sys), await makeUser(db.sys)]
    const { id } = await create(renter, firstCar(fleet), inMinutes(5), inMinutes(500))
    await start(renter, id)
    expect((await refusal(start(renter, id), 'INVALID_STATE')).details).toEqual(blocks.find((block) => 'allowed' in block))
  })
})
