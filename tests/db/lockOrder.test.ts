// In which order the cars of one call are locked: one order for everybody, so that nobody waits in a circle.
import { describe, expect, test, vi } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { makeFleet } from '../support/fixtures.ts'
import { openSuperuser } from '../support/superuser.ts'

describe('several cars', async () => {
  const db = await openTestDatabase()
  const [holder, caller, watcher] = [openSuperuser(db), openSuperuser(db), openSuperuser(db)]
  const fleet = await makeFleet(db.sys, { cars: 3 })
  const [first = '', second = '', third = ''] = fleet.carIds.toSorted()

  const waits = async () =>
    (
      await watcher`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%lock_cars%'`
    ).length
  const free = async () => {
    const rows = await watcher<{ id: string }[]>`select id from cars order by id for no key update skip locked`
    return rows.map((row) => row.id)
  }

  test('are locked in ascending order, however they are named: who waits for one holds none behind it', async () => {
    let locked: Promise<unknown> | undefined
    await holder.begin(async (tx) => {
      await tx`select from cars where id = ${second} for no key update`
      locked = caller`select private.lock_cars(${[third, second, first]}::uuid[])`.execute()
      await vi.waitFor(async () => expect(await waits()).toBe(1), { timeout: 30_000, interval: 10 })
      expect(await free()).toEqual([third])
    })
    await locked
    expect(await free()).toEqual([first, second, third])
  })
})
