// `fleetflow admin`: the only way to become an administrator, and never somebody else by mistake.
import { call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { complaintOf, fleetflow } from '../support/commands.ts'
import { openTestDatabase } from '../support/database.ts'
import { as, makeFleet, makeUser } from '../support/fixtures.ts'

describe('fleetflow admin', async () => {
  const db = await openTestDatabase()
  const settings = { DATABASE_URL: db.apiUrl, DATABASE_ADMIN_URL: db.adminUrl }
  const run = (...args: string[]) => fleetflow(['admin', ...args], settings)
  const isAdmin = async (id: string) => ((await call(db.api, 'get_me_rpc', { actor: as(id) })) as { isAdmin: boolean }).isAdmin

  test('adds by email or id, lists and removes; what is so already stays', async () => {
    const id = await makeUser(db.sys, { name: 'Dana' })
    await db.sys`update users set email = 'Dana@Example.com' where id = ${id}`
    expect((await run('add', '--user', 'dana@example.com', '--json')).json()).toEqual({
      id,
      email: 'Dana@Example.com',
      name: 'Dana',
      isAdmin: true,
      changed: true,
    })
    expect(await isAdmin(id)).toBe(true)
    expect((await run('add', '--user', id, '--json')).json()).toMatchObject({ isAdmin: true, changed: false })
    expect((await run('list', '--json')).json()).toEqual({ administrators: [{ id, email: 'Dana@Example.com', name: 'Dana' }] })
    expect((await run('remove', '--user', id)).stdout).toContain('is no administrator')
    expect(await isAdmin(id)).toBe(false)
    expect((await run('list')).stdout).toContain('Nobody administers.')
  })

  test('refuses nobody, several with one email (and names them), and whoever is no person', async () => {
    const twins = [await makeUser(db.sys), await makeUser(db.sys)]
    await db.sys`update users set email = 'twin@example.com' where id = any (${twins})`
    const several = await run('add', '--user', 'twin@example.com')
    expect(several.code).toBe(1)
    for (const id of twins) {
      expect(complaintOf(several)).toContain(id)
      expect(await isAdmin(id)).toBe(false)
    }
    for (const who of ['nobody@example.com', '0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091', (await makeFleet(db.sys)).systemUserId]) {
      const none = await run('add', '--user', who)
      expect([none.code, complaintOf(none)]).toEqual([1, expect.stringContaining('There is nobody')])
    }
  })

  test('never means an address that only folds to the one that was named: KELVIN SIGN is no k', async () => {
    const id = await makeUser(db.sys)
    await db.sys`update users set email = ${'mar\u212a@example.com'} where id = ${id}`
    expect(complaintOf(await run('add', '--user', 'mark@example.com'))).toContain('There is nobody')
    expect(await isAdmin(id)).toBe(false)
  })

  test('is called as its help says (exit code 2)', async () => {
    for (const args of [[], ['promote'], ['add'], ['list', '--user', 'x'], ['add', 'x', '--user', 'y']])
      expect((await run(...args)).code).toBe(2)
  })
})
