// Making, listing and ending API keys: only owners do, the key itself is stored nowhere, and its service user stays what the key was made for.
import { createHash, randomBytes } from 'node:crypto'
import { type Arguments, call, perform } from '@fleetflow/db'
import { beforeEach, describe, expect, test } from 'vitest'
import { makeKey } from '../support/apiKeys.ts'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeUser, refusal, sqlstate, type TestFleet } from '../support/fixtures.ts'

interface Key {
  id: string
  userId: string
  role: string | null
  revokedAt: string | null
  procedures: string[]
}

const newSecret = () => {
  const secret = `ffk_${randomBytes(32).toString('base64url')}`
  return { secret, hash: createHash('sha256').update(secret).digest('hex') }
}

describe('API keys', async () => {
  const db = await openTestDatabase()
  const stranger = await makeUser(db.sys)
  const admin = await makeUser(db.sys, { isAdmin: true })
  let fleet: TestFleet

  beforeEach(async () => {
    fleet = await makeFleet(db.sys)
  })

  const wish = (given: Partial<Arguments<'create_api_key_rpc'>> = {}): Arguments<'create_api_key_rpc'> => ({
    fleet: fleet.slug,
    name: 'Night import',
    role: 'driver',
    procedures: ['cars.list', 'me.get'],
    secret_hash: newSecret().hash,
    secret_hint: 'abcd',
    actor: as(fleet.ownerId),
    ...given,
  })
  const create = (given: Partial<Arguments<'create_api_key_rpc'>> = {}) => call(db.api, 'create_api_key_rpc', wish(given)) as Promise<Key>
  const revoke = (key_id: string, userId = fleet.ownerId) =>
    call(db.api, 'revoke_api_key_rpc', { key_id, actor: as(userId) }) as Promise<Key>
  const list = (userId: string) =>
    call(db.api, 'list_api_keys_rpc', { fleet: fleet.slug, actor: as(userId) }) as Promise<{ items: Key[]; nextCursor: string | null }>

  test('make a service user with the role, who can do what is listed', async () => {
    const { hash } = newSecret()
    const made = await create({ secret_hash: hash, procedures: ['me.get', 'cars.list', 'me.get'], expires_in_days: 7 })
    expect(made).toMatchObject({
      fleetId: fleet.id,
      name: 'Night import',
      role: 'driver',
      hint: 'abcd',
      procedures: ['cars.list', 'me.get'],
      lastUsedAt: null,
    })
    expect(await call(db.api, 'get_me_rpc', { actor: { apiKey: hash } })).toMatchObject({
      id: made.userId,
      name: 'Night import',
      fleets: [{ id: fleet.id, role: 'driver' }],
    })
    const [row] =
      await db.sys`select extract(day from expires_at - created_at)::int as days, created_by as by from api_keys where id = ${made.id}`
    expect(row).toEqual({ days: 7, by: fleet.ownerId })
  })

  test('are made by owners alone: members and administrators FORBIDDEN, others NOT_FOUND', async () => {
    for (const userId of [fleet.managerId, fleet.driverId, admin]) await refusal(create({ actor: as(userId) }), 'FORBIDDEN')
    await refusal(create({ actor: as(stranger) }), 'NOT_FOUND')
    await refusal(create({ fleet: 'no-such-fleet' }), 'NOT_FOUND')
    expect((await list(fleet.ownerId)).items).toEqual([])
  })

  test.each([
    ['name', { name: '   ' }],
    ['role', { role: 'owner' }],
    ['expiresInDays', { expires_in_days: 0 }],
    ['expiresInDays', { expires_in_days: 367 }],
    ['procedures', { procedures: [] }],
    ['procedures', { procedures: 'cars.list' }],
    ['procedures.1', { procedures: ['cars.list', null] }],
    ['procedures.0', { procedures: [['cars.list']] }],
    ['procedures.1', { procedures: ['cars.list', 'cars.fly'] }],
    ['procedures.0', { procedures: ['apiKeys.create'] }],
    ['procedures.1', { procedures: ['cars.list', 'apiKeys.revoke'] }],
    ['procedures.0', { procedures: ['members.setRole'] }],
    ['procedures.0', { procedures: ['*'] }],
    ['secretHash', { secret_hash: 'the key itself' }],
    ['secretHash', { secret_hint: 'more than four' }],
  ])('are refused with a bad %s (BAD_INPUT): %j', async (field, given) => {
    expect((await refusal(create(given), 'BAD_INPUT')).field).toBe(field)
  })

  test('are at most 100 alive in a fleet (QUOTA_EXCEEDED), ended ones do not count', async () => {
    await db.sys`insert into users (id, name) select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'x' from generate_series(1, 100) as n`
    await db.sys`insert into api_keys (id, fleet_id, user_id, name, procedures, key_hash, hint, expires_at, created_by)
      select private.uuid_v7(), ${fleet.id}, ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'x', '{me.get}', sha256(n::text::bytea), 'abcd',
             now() + interval '1 day', ${fleet.ownerId} from generate_series(1, 100) as n`
    expect((await refusal(create(), 'QUOTA_EXCEEDED')).details).toEqual({ limit: 100 })
    await db.sys`update api_keys set revoked_at = now() where id = (select id from api_keys where fleet_id = ${fleet.id} limit 1)`
    expect(await create()).toMatchObject({ name: 'Night import' })
  })

  test('never hold the key: not its text, and its hash in no answer and no stored outcome', async () => {
    const { secret, hash } = newSecret()
    const made = await create({ secret_hash: hash, secret_hint: secret.slice(-4), idempotency_key: 'once' })
    const answers = JSON.stringify([made, await list(fleet.ownerId), await revoke(made.id)])
    const [row] = await db.sys<{ keys: string; outcomes: string; events: string }[]>`
      select (select string_agg(k::text, ' ') from api_keys as k) as keys, (select string_agg(i::text, ' ') from idempotency_keys as i) as outcomes,
             (select string_agg(o::text, ' ') from outbox as o) as events`
    for (const text of [answers, row?.outcomes, row?.events ?? '', row?.keys]) expect(text).not.toContain(secret.slice(4, -4))
    for (const text of [answers, row?.outcomes, row?.events ?? '']) expect(text).not.toContain(hash)
    expect(row?.keys).toContain(hash)
  })

  test('are made once for an idempotency key, whatever secret each attempt brought; another wish is IDEMPOTENCY_KEY_REUSED', async () => {
    const [first, second] = [newSecret(), newSecret()]
    const made = await perform(db.api, 'create_api_key_rpc', wish({ secret_hash: first.hash, idempotency_key: 'a' }))
    const again = await perform(db.api, 'create_api_key_rpc', wish({ secret_hash: second.hash, secret_hint: 'wxyz', idempotency_key: 'a' }))
    expect([made.replayed, again.replayed, again.answer]).toEqual([false, true, made.answer])
    expect((await list(fleet.ownerId)).items).toHaveLength(1)
    await refusal(call(db.api, 'get_me_rpc', { actor: { apiKey: second.hash } }), 'UNAUTHENTICATED')
    await refusal(create({ idempotency_key: 'a', role: 'manager' }), 'IDEMPOTENCY_KEY_REUSED')
  })

  test('are listed latest first by owners and administrators, to members FORBIDDEN, to others NOT_FOUND', async () => {
    const made = [await create(), await create(), await create()]
    const ids = made.map((key) => key.id).reverse()
    for (const userId of [fleet.ownerId, admin]) expect((await list(userId)).items.map((key) => key.id)).toEqual(ids)
    for (const userId of [fleet.managerId, fleet.driverId]) await refusal(list(userId), 'FORBIDDEN')
    await refusal(list(stranger), 'NOT_FOUND')
    const page = (given: { page_cursor?: string | null }) =>
      call(db.api, 'list_api_keys_rpc', { fleet: fleet.slug, page_limit: 2, ...given, actor: as(fleet.ownerId) }) as ReturnType<typeof list>
    const first = await page({})
    const second = await page({ page_cursor: first.nextCursor })
    expect([...first.items, ...second.items].map((key) => key.id)).toEqual(ids)
    expect(second.nextCursor).toBeNull()
  })

  test('end at once and with their membership, and a second revoke answers the same', async () => {
    const { hash } = newSecret()
    const made = await create({ secret_hash: hash })
    await call(db.api, 'get_me_rpc', { actor: { apiKey: hash } })
    const ended = await revoke(made.id)
    expect(ended).toMatchObject({ id: made.id, role: null, revokedAt: expect.any(String) })
    await refusal(call(db.api, 'get_me_rpc', { actor: { apiKey: hash } }), 'UNAUTHENTICATED')
    expect(await db.sys`select from fleet_members where user_id = ${made.userId}`).toHaveLength(0)
    expect(await revoke(made.id)).toEqual(ended)
  })

  test('are ended by owners alone: members and administrators FORBIDDEN, others NOT_FOUND', async () => {
    const made = await create()
    const elsewhere = await makeFleet(db.sys)
    for (const userId of [fleet.managerId, fleet.driverId, admin]) await refusal(revoke(made.id, userId), 'FORBIDDEN')
    for (const userId of [stranger, elsewhere.ownerId]) await refusal(revoke(made.id, userId), 'NOT_FOUND')
    await refusal(revoke(firstCar(fleet)), 'NOT_FOUND')
    expect((await list(fleet.ownerId)).items).toMatchObject([{ id: made.id, revokedAt: null }])
  })

  test('make no key, list none and end none, even one that says it may and has an owner behind it (FORBIDDEN)', async () => {
    const forged = await makeKey(db.sys, fleet, { procedures: ['apiKeys.create', 'apiKeys.list', 'apiKeys.revoke'] })
    await db.admin`alter table fleet_members disable trigger _050_service_user`
    await db.sys`update fleet_members set role = 'owner' where user_id = ${forged.userId}`
    await db.admin`alter table fleet_members enable trigger _050_service_user`
    await refusal(create({ actor: forged.actor }), 'FORBIDDEN')
    await refusal(call(db.api, 'list_api_keys_rpc', { fleet: fleet.slug, actor: forged.actor }), 'FORBIDDEN')
    await refusal(call(db.api, 'revoke_api_key_rpc', { key_id: forged.id, actor: forged.actor }), 'FORBIDDEN')
    const honest = await makeKey(db.sys, fleet, { procedures: ['cars.list'] })
    await refusal(create({ actor: honest.actor }), 'FORBIDDEN')
  })

  test('a service user is never made an owner nor a member of another fleet, whoever writes', async () => {
    const made = await create()
    const elsewhere = await makeFleet(db.sys)
    expect(await sqlstate(db.sys`update fleet_members set role = 'owner' where user_id = ${made.userId}`)).toBe('42501')
    expect(
      await sqlstate(db.sys`insert into fleet_members (fleet_id, user_id, role) values (${elsewhere.id}, ${made.userId}, 'driver')`),
    ).toBe('42501')
    await db.sys`update fleet_members set role = 'manager' where user_id = ${made.userId}`
    expect((await list(fleet.ownerId)).items).toMatchObject([{ role: 'manager' }])
  })
})
