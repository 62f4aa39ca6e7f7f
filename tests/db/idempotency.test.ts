// A key has one outcome: whoever sends the same input under it again is answered what was answered before, and nothing happens twice.
import { call, connect, perform } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeTrip, makeUser, refusal } from '../support/fixtures.ts'

describe('an idempotency key', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys, { cars: 2 })
  const [renter, other] = [await makeUser(db.sys), await makeUser(db.sys)]
  const carId = firstCar(fleet)

  let day = 0
  const period = () => {
    day += 2
    const start = Date.UTC(2031, 0, day, 10)
    return { start_date: new Date(start).toISOString(), end_date: new Date(start + 86_400_000).toISOString() }
  }
  const book = (key: string | null, times = period(), more: Record<string, unknown> = {}) =>
    perform(db.api, 'create_trip_rpc', { car_id: carId, ...times, actor: as(renter), idempotency_key: key, ...more })
  const stored = async (key: string) => (await db.sys`select from idempotency_keys where key = ${key}`).length
  const trips = async () => (await db.sys`select from trips`).length

  test('answers the same input the same, marked as replayed, and nothing happens twice', async () => {
    const times = period()
    const first = await book('once', times)
    const before = await trips()
    const again = await book('once', times)
    expect(first.replayed).toBe(false)
    expect(again).toEqual({ answer: first.answer, replayed: true })
    expect(await trips()).toBe(before)
  })

  test('answers what was answered then, though the trip has changed since', async () => {
    const times = period()
    const first = await book('then', times)
    await call(db.api, 'cancel_trip_rpc', { trip_id: (first.answer as { id: string }).id, actor: as(renter) })
    expect(await book('then', times)).toEqual({ answer: first.answer, replayed: true })
  })

  test('keeps a refusal: what was refused stays refused, with its details, though it would be possible now (TRIP_OVERLAP)', async () => {
    const times = period()
    const taken = (await book(null, times)).answer as { id: string }
    const first = await refusal(book('refused', times), 'TRIP_OVERLAP')
    await call(db.api, 'cancel_trip_rpc', { trip_id: taken.id, actor: as(renter) })
    const again = await refusal(book('refused', times), 'TRIP_OVERLAP')
    expect([first.replayed, again.replayed]).toEqual([false, true])
    expect(again.details).toEqual(first.details)
    expect((await book('refused anew', times)).replayed).toBe(false)
  })

  test('is refused with another input, and that is not stored either (IDEMPOTENCY_KEY_REUSED)', async () => {
    const times = period()
    const first = await book('reused', times)
    const error = await refusal(book('reused', period()), 'IDEMPOTENCY_KEY_REUSED')
    expect([error.field, error.replayed]).toEqual(['idempotencyKey', false])
    expect(await book('reused', times)).toEqual({ answer: first.answer, replayed: true })
  })

  test('takes equal instants, absent and NULL, and a default that is written out for the same input', async () => {
    const first = await book('same', { start_date: '2032-06-01T10:00:00Z', end_date: '2032-06-02T10:00:00Z' })
    const written = { start_date: '2032-06-01T12:00:00+02:00', end_date: '2032-06-02T06:00:00.000000-04:00' }
    for (const more of [{}, { max_total: null }, { purpose: 'rental' }, { purpose: null, user_id: null }]) {
      expect(await book('same', written, more)).toEqual({ answer: first.answer, replayed: true })
    }
    await refusal(book('same', written, { max_total: 100_000 }), 'IDEMPOTENCY_KEY_REUSED')
  })

  test('takes equal instants for the same whatever the time zone of the session', async () => {
    const inZone = (zone: string) =>
      db.admin.begin(async (tx) => {
        await tx`set local role fleetflow_api`
        await tx.unsafe(`set local time zone '${zone}'`)
        const [row] = await tx<{ outcome: { answer: { id: string }; replayed?: boolean } }[]>`
          select public.create_trip_rpc(car_id => ${carId}, user_id => null, start_date => '2032-07-01T10:00Z', end_date => '2032-07-02T10:00Z',
            actor => ${tx.json({ userId: renter })}, idempotency_key => 'zones') as outcome`
        return row?.outcome
      })
    const first = await inZone('Asia/Kathmandu')
    expect(await inZone('America/St_Johns')).toEqual({ ...first, replayed: true })
  })

  test('does not meet the same key of another person or of another operation', async () => {
    const times = period()
    const mine = (await book('shared', times)).answer as { id: string }
    expect(
      await perform(db.api, 'create_trip_rpc', { car_id: carId, ...period(), actor: as(other), idempotency_key: 'shared' }),
    ).toMatchObject({
      replayed: false,
    })
    const cancel = () => perform(db.api, 'cancel_trip_rpc', { trip_id: mine.id, actor: as(renter), idempotency_key: 'shared' })
    expect(await cancel()).toMatchObject({ replayed: false, answer: { status: 'cancelled' } })
    expect(await cancel()).toMatchObject({ replayed: true, answer: { status: 'cancelled' } })
  })

  test.each(['modify', 'cancel', 'review'])('works for %s as it does for create', async (verb) => {
    const id = ((await book(null)).answer as { id: string }).id
    const start = `${1950 + ++day}-01-01T10:00Z`
    const done = await makeTrip(db.sys, fleet, { renterId: renter, start, end: start.replace('-01T', '-02T'), status: 'completed' })
    const common = { actor: as(renter), idempotency_key: 'any' }
    const run = () => {
      if (verb === 'modify')
        return perform(db.api, 'modify_trip_rpc', {
          trip_id: id,
          end_date: '2033-01-01T10:00Z',
          start_date: '2032-12-01T10:00Z',
          ...common,
        })
      if (verb === 'cancel') return perform(db.api, 'cancel_trip_rpc', { trip_id: id, version: 1, ...common })
      return perform(db.api, 'create_review_rpc', { trip_id: done, rating: 4, ...common })
    }
    const first = await run()
    expect(first.replayed).toBe(false)
    expect(await run()).toEqual({ answer: first.answer, replayed: true })
  })

  test('is forgotten after 7 days, and not before: then it is a new key', async () => {
    const times = period()
    const first = await book('old', times)
    const age = (interval: string) =>
      db.sys.begin(async (tx) => {
        await tx.unsafe(`select set_config('fleetflow.uid', '${renter}', true)`)
        await tx`set local role fleetflow_fn`
        await tx.unsafe(`update public.idempotency_keys set created_at = now() - interval '${interval}' where key = 'old'`)
      })
    await age('6 days 23 hours')
    expect((await book('old', times)).replayed).toBe(true)
    await age('7 days 1 second')
    const later = period()
    const fresh = await book('old', later)
    expect(fresh.replayed).toBe(false)
    expect(fresh.answer).not.toEqual(first.answer)
    expect(await book('old', later)).toEqual({ answer: fresh.answer, replayed: true })
    await age('8 days')
    const [row] = await db.sys`select private.forget_keys(1000) as forgotten`
    expect(row).toEqual({ forgotten: 1 })
    expect([await stored('old'), await stored('once')]).toEqual([0, 1])
  })

  test('has 1 to 255 characters (BAD_INPUT)', async () => {
    expect((await book('k'.repeat(255))).replayed).toBe(false)
    for (const key of ['', 'k'.repeat(256)]) expect((await refusal(book(key), 'BAD_INPUT')).field).toBe('idempotencyKey')
  })

  test('stays free where nobody is known (UNAUTHENTICATED): after the suspension the same key books', async () => {
    const times = period()
    await db.sys`update users set suspended_at = now() where id = ${renter}`
    await refusal(book('suspended', times), 'UNAUTHENTICATED')
    expect(await stored('suspended')).toBe(0)
    await db.sys`update users set suspended_at = null where id = ${renter}`
    expect((await book('suspended', times)).replayed).toBe(false)
  })

  test('stays free in a rehearsal, and a rehearsal does not look at it', async () => {
    const times = period()
    const before = await trips()
    const rehearsed = await book('rehearsed', times, { dry_run: true })
    expect(rehearsed).toMatchObject({ replayed: false, answer: { status: 'confirmed' } })
    expect([await stored('rehearsed'), await trips()]).toEqual([0, before])
    expect((await book('rehearsed', times)).replayed).toBe(false)
    await refusal(book('rehearsed', times, { dry_run: true }), 'TRIP_OVERLAP')
  })

  test('answers every sender without asking again for what the first one got, also on a pool of their own', async () => {
    const pools = [1, 2, 3, 4].map(() => connect({ url: db.apiUrl, max: 1 }))
    const times = period()
    const answers = await Promise.all(
      pools.map((pool) => perform(pool, 'create_trip_rpc', { car_id: carId, ...times, actor: as(renter), idempotency_key: 'together' })),
    )
    expect(new Set(answers.map(({ answer }) => JSON.stringify(answer))).size).toBe(1)
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
    await Promise.all(pools.map((pool) => pool.close()))
  })
})
