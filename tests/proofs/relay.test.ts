// The relay as part of the server: it keeps the log up to date, one of many works, and a stop leaves nothing behind.
import { call, startRelay } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeUser } from '../support/fixtures.ts'

describe('the relay of a server', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys, { cars: 2 })
  const renter = await makeUser(db.sys)
  const waiting = async () => (await db.sys`select from outbox`).length
  const logged = async () => (await db.sys`select from event_log`).length
  const relays = async () =>
    (await db.admin`select from pg_stat_activity where datname = current_database() and application_name = 'fleetflow relay'`).length

  let day = 0
  const book = () => {
    day += 2
    const start = Date.UTC(2031, 0, day, 10)
    const times = { start_date: new Date(start).toISOString(), end_date: new Date(start + 3_600_000).toISOString() }
    return call(db.api, 'create_trip_rpc', { car_id: firstCar(fleet), ...times, actor: as(renter) })
  }

  test('moves what was there before it started and what happens then, and rings a bell for those who listen', async () => {
    expect(await waiting()).toBe(2)
    const bells: string[] = []
    const { unlisten } = await db.admin.listen('fleetflow_events', (pos) => bells.push(pos))
    const app = await openTestApp({ database: db, settings: { EVENT_RELAY: 'on' } })
    await expect.poll(waiting, { timeout: 20_000 }).toBe(0)
    await book()
    await expect.poll(logged, { timeout: 20_000 }).toBe(3)
    await expect.poll(() => bells.at(-1), { timeout: 20_000 }).toBe('3')
    await unlisten()
    await app.close()
    expect(await relays()).toBe(0)
  })

  test('is off where the settings say so', async () => {
    const app = await openTestApp({ database: db, settings: { EVENT_RELAY: 'off' } })
    expect(await relays()).toBe(0)
    await app.close()
  })

  test('two of them share the work without a gap or a repetition, and when the last one stops nothing is left', async () => {
    const before = await logged()
    const both = [1, 2].map(() => startRelay({ url: db.apiUrl, pollMs: 1, batch: 3 }))
    for (let n = 0; n < 60; n += 1) await book()
    await both[0]?.stop()
    for (let n = 0; n < 5; n += 1) await book()
    await both[1]?.stop()
    expect([await waiting(), await logged()]).toEqual([0, before + 65])
    const [row] = await db.sys`select max(pos)::integer as last, count(*)::integer as events from event_log`
    expect(row).toEqual({ last: before + 65, events: before + 65 })
  })

  test('a relay whose database is away says so once, and stops when it is told to', async () => {
    const problems: string[] = []
    const relay = startRelay({ url: db.apiUrl.replace(/:\d+\//, ':1/'), pollMs: 1, onError: ({ code }) => problems.push(code) })
    await expect.poll(() => problems).toEqual(['UNAVAILABLE'])
    await relay.stop()
    expect(problems).toEqual(['UNAVAILABLE'])
  })
})
