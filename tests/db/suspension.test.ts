// Suspending people: by administrators alone, from the next call on, with who did it and why, and without touching a trip.
import { type Actor, call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { makeKey } from '../support/apiKeys.ts'
import { day } from '../support/booking.ts'
import { openTestDatabase } from '../support/database.ts'
import { as, makeFleet, makeTrip, makeUser, refusal, sqlstate } from '../support/fixtures.ts'

describe('users.suspend and users.reinstate', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys)
  const admin = await makeUser(db.sys, { isAdmin: true })
  const suspend = (user_id: string, actor: Actor = as(admin), reason?: string) =>
    call(db.api, 'suspend_user_rpc', { user_id, actor, reason }) as Promise<{ suspendedAt: string }>
  const reinstate = (user_id: string, actor: Actor = as(admin)) => call(db.api, 'reinstate_user_rpc', { user_id, actor })
  const me = (id: string) => call(db.api, 'get_me_rpc', { actor: as(id) })

  test('acts on the next call (UNAUTHENTICATED), says who and why, leaves trips alone, and is taken back', async () => {
    const person = await makeUser(db.sys, { name: 'Dana' })
    const trip = await makeTrip(db.sys, fleet, { renterId: person, start: day(1), end: day(2) })
    const suspended = await suspend(person, as(admin), ' Fraud ')
    expect(suspended).toEqual({
      id: person,
      email: null,
      name: 'Dana',
      suspendedAt: expect.any(String),
      suspendedById: admin,
      suspendReason: 'Fraud',
    })
    await refusal(me(person), 'UNAUTHENTICATED')
    expect(await suspend(person, as(admin), 'Other')).toEqual(suspended)
    expect(await call(db.api, 'get_trip_rpc', { trip_id: trip, actor: as(fleet.ownerId) })).toMatchObject({
      status: 'confirmed',
      version: 1,
    })
    expect(await reinstate(person)).toMatchObject({ suspendedAt: null, suspendedById: null, suspendReason: null })
    await expect(me(person)).resolves.toMatchObject({ id: person })
    expect(await reinstate(person)).toMatchObject({ suspendedAt: null })
  })

  test('a call that is on its way when its person is suspended ends; the next is refused (UNAUTHENTICATED)', async () => {
    const person = await makeUser(db.sys)
    await Promise.all([me(person), suspend(person)].map((work) => work.catch(() => undefined)))
    await refusal(me(person), 'UNAUTHENTICATED')
  })

  test('is for administrators alone, whoever is meant (FORBIDDEN, UNAUTHENTICATED)', async () => {
    const person = await makeUser(db.sys)
    const { actor: key } = await makeKey(db.sys, fleet, { procedures: ['users.suspend', 'users.reinstate'] })
    for (const actor of [as(fleet.ownerId), as(fleet.managerId), as(person), key]) {
      for (const target of [person, admin, '0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091']) {
        await refusal(suspend(target, actor), 'FORBIDDEN')
        await refusal(reinstate(target, actor), 'FORBIDDEN')
      }
    }
    await refusal(suspend(person, as('0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091')), 'UNAUTHENTICATED')
    const other = await makeUser(db.sys, { isAdmin: true })
    await suspend(other)
    await refusal(suspend(person, as(other)), 'UNAUTHENTICATED')
    await expect(me(person)).resolves.toMatchObject({ id: person })
  })

  test('nobody suspends themselves (BAD_INPUT), nobody who is not there (NOT_FOUND), or with an endless reason (BAD_INPUT)', async () => {
    const oneself = await refusal(suspend(admin), 'BAD_INPUT')
    expect([oneself.field, oneself.details]).toEqual(['id', { reason: 'ONESELF' }])
    const gone = await makeUser(db.sys)
    await call(db.api, 'erase_me_rpc', { confirm: 'erase', actor: as(gone) })
    for (const id of ['0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091', gone]) {
      expect((await refusal(suspend(id), 'NOT_FOUND')).field).toBe('id')
      expect((await refusal(reinstate(id), 'NOT_FOUND')).field).toBe('id')
    }
    expect((await refusal(suspend(await makeUser(db.sys), as(admin), 'x'.repeat(1001)), 'BAD_INPUT')).field).toBe('reason')
  })

  test('below the API even an administrator writes no column of it (42501), and no reason stays without a suspension (23514)', async () => {
    const person = await makeUser(db.sys)
    const bare = (statement: string) =>
      sqlstate(
        db.admin.begin(async (tx) => {
          await tx`select set_config('fleetflow.uid', ${admin}, true), set_config('fleetflow.admin', 'on', true)`
          await tx`set local role fleetflow_fn`
          await tx.unsafe(statement)
        }),
      )
    for (const column of ['suspended_at = now()', 'is_admin = true', 'suspended_by_id = null'])
      expect(await bare(`update users set ${column} where id = '${person}'`)).toBe('42501')
    expect(await sqlstate(db.sys`update users set suspend_reason = 'x' where id = ${person}`)).toBe('23514')
  })
})
