// Erasure against everything else that is on its way for the same person: what comes second finds nobody, and leaves nothing.
import { type Actor, call } from '@fleetflow/db'
import { describe, expect, test, vi } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, makeUser } from '../support/fixtures.ts'

const absent = '0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091'

describe('a call that meets the erasure of its person', async () => {
  const db = await openTestDatabase()
  const admin = await makeUser(db.sys, { isAdmin: true })
  const waiting = () => db.admin`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`

  /** What the call answers that had recognised its person before the erasure came first. */
  async function overtaken(person: string, work: () => Promise<unknown>): Promise<string> {
    let answer: Promise<string> | undefined
    await db.sys.begin(async (sql) => {
      await sql`select set_config('fleetflow.uid', ${person}, true)`
      await sql`select private.lock_person(), private.erase_person()`
      answer = work().then(
        () => 'done',
        (error: { code: string }) => error.code,
      )
      await vi.waitFor(async () => expect(await waiting()).toHaveLength(1), { timeout: 10_000, interval: 20 })
    })
    return (await answer) ?? 'not asked'
  }

  const keyed: [string, (actor: Actor) => Promise<unknown>][] = [
    ['a refusal', (actor) => call(db.api, 'cancel_trip_rpc', { trip_id: absent, actor, idempotency_key: 'my last word' })],
    ['a change', (actor) => call(db.api, 'update_me_rpc', { name: 'Canary', actor, idempotency_key: 'my last word' })],
    ['an erasure', (actor) => call(db.api, 'erase_me_rpc', { confirm: 'erase', actor, idempotency_key: 'my last word' })],
  ]
  test.each(keyed)('leaves no key with %s in it, and is told that nobody called (UNAUTHENTICATED)', async (_, work) => {
    const person = await makeUser(db.sys)
    expect(await overtaken(person, () => work(as(person)))).toBe('UNAUTHENTICATED')
    expect(await db.sys`select operation, key from idempotency_keys where user_id = ${person}`).toEqual([])
  })

  test('changes nothing without a key either: a name (UNAUTHENTICATED), and an administrator finds nobody to suspend (NOT_FOUND)', async () => {
    const person = await makeUser(db.sys)
    expect(await overtaken(person, () => call(db.api, 'update_me_rpc', { name: 'Canary', actor: as(person) }))).toBe('UNAUTHENTICATED')
    const other = await makeUser(db.sys)
    expect(await overtaken(other, () => call(db.api, 'suspend_user_rpc', { user_id: other, actor: as(admin) }))).toBe('NOT_FOUND')
    const rows = await db.sys`select name, suspended_at from users where id in (${person}, ${other})`
    for (const row of rows) expect(row).toEqual({ name: 'Erased user', suspended_at: null })
  })
})
