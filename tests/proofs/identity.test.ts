// Identity never crosses pooled connections: 200,000 calls of 500 people on 8 connections, among errors, timeouts and cancelled statements.
import { connect, type Database } from '@fleetflow/db'
import { adminOptions } from '@fleetflow/db/admin'
import postgres from 'postgres'
import { afterAll, describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { disturb, makeCrowd, storm } from '../support/identityStorm.ts'
import { openSuperuser } from '../support/superuser.ts'

const connections = 8

/** Half of the connections give up on a lock soon, the other half on a statement. */
function openPools(url: string): Database[] {
  const half = { url, max: connections / 2, applicationName: 'fleetflow-identity' }
  const pools = [connect({ ...half, lockTimeoutMs: 20 }), connect({ ...half, lockTimeoutMs: 10_000, statementTimeoutMs: 100 })]
  afterAll(() => Promise.all(pools.map((pool) => pool.close())))
  return pools
}

/** What a session still holds of the identities that it has had, on every connection of the pools. */
async function leftBehind(pools: readonly Database[]): Promise<string[]> {
  const reserved = await Promise.all(pools.flatMap(({ sql }) => Array.from({ length: connections / 2 }, () => sql.reserve())))
  try {
    const rows = await Promise.all(
      reserved.map(
        (sql) => sql<{ pid: number; left: string }[]>`
          select pg_backend_pid() as pid, concat(nullif(current_setting('fleetflow.uid', true), ''), nullif(current_setting('fleetflow.fleet', true), ''),
                 nullif(current_setting('fleetflow.admin', true), '')) as left`,
      ),
    )
    expect(new Set(rows.map(([row]) => row?.pid)).size).toBe(connections)
    return rows.flatMap(([row]) => (row?.left ? [row.left] : []))
  } finally {
    for (const sql of reserved) sql.release()
  }
}

/** A new database with a crowd in it, one of whose cars is locked by somebody who never lets go. */
async function openCrowd(size: number) {
  const db = await openTestDatabase({ poolSize: 1 })
  const superuser = openSuperuser(db)
  const crowd = await makeCrowd(superuser, size)
  const holder = postgres(db.adminUrl, { ...adminOptions('fleetflow-holder'), connection: { role: 'fleetflow_sys' } })
  afterAll(() => holder.end({ timeout: 1 }))
  await holder.unsafe('begin')
  await holder`select from cars where id = ${crowd.stuck.carId} for no key update`
  return { db, superuser, crowd }
}

describe('200,000 calls of 500 people on 8 connections', async () => {
  const { db, superuser, crowd } = await openCrowd(500)
  const pools = openPools(db.apiUrl)

  test('each answer names its own caller, whatever failed before it on its connection, and nothing is left behind', {
    timeout: 300_000,
  }, async () => {
    const noise = disturb(superuser)
    const { calls, wrong, answers } = await storm(pools, crowd, 200_000).finally(() => noise.stop())
    const done = await noise.stop()
    expect(wrong).toEqual([])
    expect(calls).toBe(200_000)
    expect(new Set(crowd.people.map((who) => who.id)).size).toBe(500)
    expect(done.connections).toBe(connections)
    // Refusals and errors inside functions, waits for a lock, statements that took too long or were cancelled, connections that were cut.
    for (const [code, least] of Object.entries({
      me: 100_000,
      list: 10_000,
      nobody: 2_000,
      NOT_FOUND: 4_000,
      BAD_INPUT: 1_500,
      CAR_BUSY: 40,
      TIMEOUT: 100,
      UNAVAILABLE: 1,
    }))
      expect(answers[code] ?? 0, code).toBeGreaterThanOrEqual(least)
    expect(done.cancelled).toBeGreaterThan(50)
    expect(await leftBehind(pools)).toEqual([])
  })
})

describe('control', async () => {
  /** Rewrites private.enter, in a database of its own. */
  const leaking = async (change: (text: string) => string) => {
    const { db, superuser, crowd } = await openCrowd(100)
    const [row] = await superuser<{ text: string }[]>`select pg_get_functiondef('private.enter'::regproc) as text`
    const text = row?.text ?? ''
    expect(change(text)).not.toBe(text)
    await superuser.unsafe(change(text))
    return { crowd, pools: openPools(db.apiUrl) }
  }
  const forSession = (text: string) => text.replaceAll(/(set_config\('fleetflow\.\w+',.*?), true\)/g, '$1, false)')

  test('an identity that is set for the session is found on its connection', async () => {
    const { crowd, pools } = await leaking(forSession)
    await storm(pools, crowd, 2_000)
    expect(await leftBehind(pools)).toHaveLength(connections)
  })

  test('an identity that is remembered for the session answers others in its name', async () => {
    const { crowd, pools } = await leaking((text) =>
      forSession(text).replace(
        'begin\n',
        "begin\n  if nullif(current_setting('fleetflow.uid', true), '') is not null then return current_setting('fleetflow.uid')::uuid; end if;\n",
      ),
    )
    const { wrong } = await storm(pools, crowd, 2_000)
    expect(wrong.length).toBeGreaterThan(1_000)
  })
})
