// Bookings of several people in one transaction: each has its own actor, key and outcome, and none harms its neighbours.
import { perform } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { bookMany, freshDays } from '../support/batch.ts'
import { openTestDatabase } from '../support/database.ts'
import { as, makeFleet, makeUser } from '../support/fixtures.ts'

const db = await openTestDatabase()
const fleet = await makeFleet(db.sys, { cars: 34 })
const hidden = await makeFleet(db.sys, { cars: 1, visibility: 'members' })
const renters = await Promise.all(Array.from({ length: 3 }, () => makeUser(db.sys)))
const [renter = '', friend = '', third = ''] = renters
const suspended = await makeUser(db.sys, { suspended: true })
const days = freshDays()
const call = (car: number, who = renter, more: Record<string, unknown> = {}) => ({
  car_id: fleet.carIds[car],
  actor: as(who),
  ...days(),
  ...more,
})
const words = (outcomes: readonly unknown[]) =>
  outcomes.map((outcome) => (outcome === null ? null : (outcome as { replayed?: boolean }).replayed ? 'replayed' : 'booked'))
const trips = async () => (await db.sys`select from trips`).length

describe('bookings in one statement', () => {
  test('are each answered in their place, and what is refused, fails or is odd is sent back alone, whatever its neighbours do', async () => {
    await perform(db.api, 'create_trip_rpc', { ...call(9), actor: as(renter), idempotency_key: 'other input' })
    const replayed = call(10, renter, { idempotency_key: 'known' })
    await perform(db.api, 'create_trip_rpc', replayed)
    const taken = call(11)
    await perform(db.api, 'create_trip_rpc', taken)
    const before = await trips()
    const calls: [unknown, string | null][] = [
      [call(0), 'booked'],
      [{ ...taken, actor: as(friend) }, null],
      [call(1, friend, { idempotency_key: 'mine' }), 'booked'],
      [replayed, 'replayed'],
      [{ ...call(2), idempotency_key: 'other input' }, null],
      [{ ...call(2), car_id: 'no uuid' }, null],
      [{ ...call(2), car_id: null }, null],
      [{ ...call(2), start_date: 'yesterday' }, null],
      [{ ...call(2), start_date: null }, null],
      [{ ...call(2), max_total: '1000000' }, null],
      [{ ...call(2), max_total: 1e40 }, null],
      [{ ...call(2), purpose: 'x'.repeat(1_000_000) }, null],
      [{ ...call(2), idempotency_key: 'k'.repeat(256) }, null],
      [{ ...call(2), dry_run: true }, null],
      [{ ...call(2), actor: null }, null],
      [{ ...call(2), actor: {} }, null],
      [{ ...call(2), actor: { userId: 'no uuid' } }, null],
      [call(2, suspended), null],
      [call(2, crypto.randomUUID()), null],
      [{ ...call(2), actor: 'renter' }, null],
      [{ ...call(2), car_id: hidden.carIds[0] }, null],
      [{ ...call(2), car_id: crypto.randomUUID() }, null],
      [{ ...call(2), user_id: friend }, null],
      [{ ...call(2), extras: { not: 'a list' } }, null],
      ['no object', null],
      [null, null],
      [[], null],
      [call(3, third, { idempotency_key: 'mine', extras: null, alternatives: 2, purpose: null }), 'booked'],
    ]
    const outcomes = await bookMany(
      db.api.sql,
      calls.map(([made]) => made),
    )
    expect(words(outcomes)).toEqual(calls.map(([, word]) => word))
    expect(await trips()).toBe(before + 3)
  })
})
