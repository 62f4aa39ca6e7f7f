// Owners who leave, demote, expel and hand over at the same moment: one of them stays, and nobody waits in a circle.
import { connect, DatabaseError } from '@fleetflow/db'
import { adminOptions } from '@fleetflow/db/admin'
import postgres from 'postgres'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { makeFleet, sqlstate } from '../support/fixtures.ts'
import { memberCalls } from '../support/members.ts'
import { sequence } from '../support/random.ts'
import { deadlocksIn, watchLog } from '../support/serverLog.ts'

describe('owners who go at once', async () => {
  const db = await openTestDatabase({ poolSize: 24 })
  const pair = connect({ url: db.apiUrl, max: 2 })
  const options = adminOptions('fleetflow-tests')
  const sessions = [1, 2].map(() => postgres(db.adminUrl, { ...options, connection: { ...options.connection, role: 'fleetflow_sys' } }))
  afterAll(() => Promise.all([pair.close(), ...sessions.map((session) => session.end())]))

  test('one stays in each of 120 rounds, whatever they do to themselves and to each other (LAST_OWNER), without a deadlock', async () => {
    const log = watchLog(db)
    const next = sequence(7)
    const outcomes: Record<string, number> = {}
    for (let round = 0; round < 120; round += 1) {
      const fleet = await makeFleet(db.sys, { cars: 0 })
      const owners = [fleet.ownerId, fleet.managerId, fleet.driverId]
      await db.sys`update fleet_members set role = 'owner' where fleet_id = ${fleet.id}`
      const { leave, remove, setRole, transfer } = memberCalls(db.api, fleet)
      const attempts = owners.flatMap((actor, i) => {
        const other = owners[(i + 1 + next(2)) % 3] ?? ''
        const ways = [() => leave(actor), () => setRole(actor, actor, 'driver'), () => remove(actor, other), () => transfer(actor, other)]
        return [next(4), next(4)].map((way) => (ways[way] ?? (() => leave(actor)))())
      })
      for (const answer of await Promise.allSettled(attempts)) {
        const word =
          answer.status === 'fulfilled' ? 'done' : answer.reason instanceof DatabaseError ? answer.reason.code : String(answer.reason)
        outcomes[word] = (outcomes[word] ?? 0) + 1
      }
      const [left] = await db.sys`select count(*)::int as n from fleet_members where fleet_id = ${fleet.id} and role = 'owner'`
      expect(left?.n).toBeGreaterThanOrEqual(1)
    }
    expect(Object.keys(outcomes).toSorted()).toEqual(['FORBIDDEN', 'LAST_OWNER', 'NOT_FOUND', 'done'])
    expect(deadlocksIn(log())).toEqual([])
  })

  test('one stays in each of 60 rounds in which two leave at the very same time (LAST_OWNER)', async () => {
    for (let round = 0; round < 60; round += 1) {
      const fleet = await makeFleet(db.sys, { cars: 0 })
      await db.sys`update fleet_members set role = 'owner' where user_id = ${fleet.managerId}`
      const { leave } = memberCalls(pair, fleet)
      const answers = await Promise.allSettled([leave(fleet.ownerId), leave(fleet.managerId)])
      expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
      expect(answers.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'LAST_OWNER' } })
    }
  })

  test('one stays when the functions forget the lock: the trigger takes it itself (LAST_OWNER)', async () => {
    const [first, second] = sessions
    if (first === undefined || second === undefined) throw new Error('there are two sessions')
    const fleet = await makeFleet(db.sys, { cars: 0 })
    await db.sys`update fleet_members set role = 'owner' where user_id = ${fleet.managerId}`
    const [{ pid } = { pid: 0 }] = await second<{ pid: number }[]>`select pg_backend_pid() as pid`
    let over = false
    const late = await first.begin(async (sql) => {
      await sql`delete from fleet_members where user_id = ${fleet.ownerId}`
      const other = sqlstate(second`delete from fleet_members where user_id = ${fleet.managerId}`).finally(() => {
        over = true
      })
      await vi.waitFor(async () => {
        const waiting = await db.sys`select from pg_locks where pid = ${pid} and not granted`
        expect(over || waiting.length > 0).toBe(true)
      })
      return { other }
    })
    expect(await late.other).toBe('FF013')
  })
})
