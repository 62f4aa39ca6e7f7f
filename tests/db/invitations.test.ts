// Invitations: who makes them, what each is good for, that one lets in one person once, and that nobody learns anything from a bad one.
import { setTimeout as delay } from 'node:timers/promises'
import { call, type DatabaseError } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { makeKey } from '../support/apiKeys.ts'
import { openTestDatabase } from '../support/database.ts'
import { as, makeFleet, makeUser, refusal, sqlstate, type TestFleet } from '../support/fixtures.ts'
import { makeInvitation, makeToken } from '../support/invitations.ts'
import { deadlocksIn, watchLog } from '../support/serverLog.ts'
import { actingAs } from '../support/wall.ts'

interface Invitation {
  id: string
  status: string
  acceptedById: string | null
}

const db = await openTestDatabase({ poolSize: 32 })
const admin = await makeUser(db.sys, { isAdmin: true })
const rival = await makeFleet(db.sys)

const person = async (email?: string) => {
  const id = await makeUser(db.sys)
  if (email !== undefined) await db.sys`update users set email = ${email} where id = ${id}`
  return id
}
const create = (fleet: TestFleet, change: object = {}, actor = fleet.ownerId) =>
  call(db.api, 'create_invitation_rpc', {
    fleet: fleet.slug,
    role: 'driver',
    secret_hash: makeToken().hash,
    ...change,
    actor: as(actor),
  }) as Promise<Invitation>
const list = (fleet: TestFleet, actor = fleet.ownerId, page: object = {}) =>
  call(db.api, 'list_invitations_rpc', { fleet: fleet.id, ...page, actor: as(actor) }) as Promise<{
    items: Invitation[]
    nextCursor: string | null
  }>
const revoke = (invitation_id: string, actor: string) => call(db.api, 'revoke_invitation_rpc', { invitation_id, actor: as(actor) })
const accept = (token_hash: string, actor: string) => call(db.api, 'accept_invitation_rpc', { token_hash, actor: as(actor) })
const roleOf = async (fleet: TestFleet, user: string) => {
  const [row] = await db.sys`select role from fleet_members where fleet_id = ${fleet.id} and user_id = ${user}`
  return row?.role as string | undefined
}

describe('making and seeing invitations', () => {
  test('an owner makes one, by the hash of its token alone; owners and administrators list it, and nothing shows token or hash', async () => {
    const fleet = await makeFleet(db.sys)
    const { hash } = makeToken()
    const made = await create(fleet, { role: 'manager', email: ' Dana@Example.com ', secret_hash: hash, expires_in_days: 30 })
    expect(made).toEqual({
      id: expect.any(String),
      fleetId: fleet.id,
      role: 'manager',
      email: 'dana@example.com',
      invitedById: fleet.ownerId,
      status: 'open',
      expiresAt: expect.stringMatching(/Z$/),
      acceptedById: null,
      acceptedAt: null,
      revokedAt: null,
      createdAt: expect.stringMatching(/Z$/),
    })
    for (const actor of [fleet.ownerId, admin]) expect((await list(fleet, actor)).items).toEqual([made])
    expect(JSON.stringify(await list(fleet))).not.toContain(hash)
    const [kept] =
      await db.sys`select encode(token_hash, 'hex') as hash, expires_at - created_at = '30 days'::interval as month from invitations where id = ${made.id}`
    expect(kept).toEqual({ hash, month: true })
  })

  test('managers, drivers and administrators make none, managers and drivers see none (FORBIDDEN); for others there is no fleet (NOT_FOUND)', async () => {
    const fleet = await makeFleet(db.sys)
    const { id } = await create(fleet)
    for (const actor of [fleet.managerId, fleet.driverId, admin]) await refusal(create(fleet, {}, actor), 'FORBIDDEN')
    for (const actor of [fleet.managerId, fleet.driverId]) await refusal(list(fleet, actor), 'FORBIDDEN')
    for (const actor of [rival.ownerId, await person()]) {
      for (const attempt of [() => create(fleet, {}, actor), () => list(fleet, actor)])
        expect((await refusal(attempt(), 'NOT_FOUND')).field).toBe('fleet')
    }
    for (const actor of [fleet.managerId, fleet.driverId, rival.ownerId])
      expect((await refusal(revoke(id, actor), 'NOT_FOUND')).field).toBe('id')
    await refusal(revoke(id, admin), 'FORBIDDEN')
    expect((await list(fleet)).items).toMatchObject([{ id, status: 'open' }])
  })

  test.each([
    ['role', { role: 'king' }],
    ['role', { role: null }],
    ['email', { email: 'nobody' }],
    ['email', { email: `a@${'b'.repeat(320)}` }],
    ['expiresInDays', { expires_in_days: 0 }],
    ['expiresInDays', { expires_in_days: 31 }],
    ['secretHash', { secret_hash: 'ffi_a token as it is' }],
    ['secretHash', { secret_hash: null }],
  ])('refuses a bad %s: %j (BAD_INPUT)', async (field, change) => {
    expect((await refusal(create(rival, change), 'BAD_INPUT')).field).toBe(field)
  })

  test('a fleet has at most 100 open ones (QUOTA_EXCEEDED), also when they are made at once; those that ended do not count', async () => {
    const fleet = await makeFleet(db.sys)
    for (let n = 0; n < 99; n += 1) await makeInvitation(db.sys, fleet)
    await makeInvitation(db.sys, fleet, { expires: '-1 second' })
    const input = { fleet: fleet.slug, role: 'driver', secret_hash: makeToken().hash }
    // The last one that there is room for is not committed yet when another one is wanted.
    const other = await db.admin.begin(async (tx) => {
      await tx`select create_invitation_rpc(fleet => ${input.fleet}, role => ${input.role}, secret_hash => ${input.secret_hash},
        actor => ${tx.json(as(fleet.ownerId))})`
      const wanted = refusal(create(fleet), 'QUOTA_EXCEEDED')
      await Promise.race([wanted.catch(() => {}), delay(300)])
      return { wanted }
    })
    expect((await other.wanted).details).toEqual({ limit: 100 })
    expect((await refusal(create(fleet), 'QUOTA_EXCEEDED')).details).toEqual({ limit: 100 })
  })

  test('are read in pages, the newest first (BAD_CURSOR)', async () => {
    const fleet = await makeFleet(db.sys)
    const ids: string[] = []
    for (let n = 0; n < 5; n += 1) ids.unshift((await create(fleet)).id)
    const first = await list(fleet, fleet.ownerId, { page_limit: 3 })
    const second = await list(fleet, fleet.ownerId, { page_limit: 3, page_cursor: first.nextCursor })
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids)
    expect(second.nextCursor).toBeNull()
    expect((await refusal(list(fleet, fleet.ownerId, { page_cursor: 'x' }), 'BAD_INPUT')).details).toEqual({ reason: 'BAD_CURSOR' })
  })

  test('below the functions, too: only owners read, make and revoke, in their own name, and nobody reads a hash', async () => {
    const fleet = await makeFleet(db.sys)
    const { id } = await makeInvitation(db.sys, fleet)
    const { hash } = makeToken()
    const insert = (actor: string, by = actor) =>
      actingAs(
        db.admin,
        actor,
        (tx) => tx`
        insert into invitations (id, fleet_id, role, token_hash, invited_by, expires_at)
        values (gen_random_uuid(), ${fleet.id}, 'owner', decode(${hash}, 'hex'), ${by}, now() + interval '1 day')`,
      )
    const read = (actor: string) => actingAs(db.admin, actor, (tx) => tx`select id from invitations where fleet_id = ${fleet.id}`)
    const end = (actor: string) =>
      actingAs(db.admin, actor, (tx) => tx`update invitations set revoked_at = now() where id = ${id} returning id`)
    for (const actor of [fleet.managerId, fleet.driverId, rival.ownerId, await person()]) {
      expect([await read(actor), await insert(actor), await end(actor)]).toEqual([{ rows: [] }, { state: '42501' }, { rows: [] }])
    }
    expect([await read(admin), await insert(admin), await end(admin)]).toEqual([{ rows: [{ id }] }, { state: '42501' }, { rows: [] }])
    expect(await insert(fleet.ownerId)).toEqual({ rows: [] })
    expect(await insert(fleet.ownerId, fleet.managerId)).toEqual({ state: '42501' })
    expect(await end(fleet.ownerId)).toEqual({ rows: [{ id }] })
    for (const statement of ['select token_hash from invitations', 'update invitations set accepted_at = now()', 'delete from invitations'])
      expect(await actingAs(db.admin, fleet.ownerId, (tx) => tx.unsafe(statement))).toEqual({ state: '42501' })
  })

  test('nothing is stored that is no invitation: ended twice, half accepted, without an end', async () => {
    const { id } = await makeInvitation(db.sys, rival)
    expect(await sqlstate(db.sys`update invitations set accepted_at = now() where id = ${id}`)).toBe('23514')
    expect(await sqlstate(makeInvitation(db.sys, rival, { expires: 'infinity' }))).not.toBe('00000')
    await db.sys`update invitations set accepted_at = now(), accepted_by = ${admin} where id = ${id}`
    await refusal(revoke(id, rival.ownerId), 'INVITATION_INVALID')
  })
})

describe('accepting an invitation', () => {
  test('makes the caller a member with its role, once, and writes down who it was (INVITATION_INVALID the second time)', async () => {
    const fleet = await makeFleet(db.sys, { visibility: 'members' })
    const { id, hash } = await makeInvitation(db.sys, fleet, { role: 'manager' })
    const [guest, late] = [await person(), await person()]
    await refusal(call(db.api, 'get_fleet_rpc', { fleet: fleet.id, actor: as(guest) }), 'NOT_FOUND')
    expect(await accept(hash, guest)).toMatchObject({ id: fleet.id, slug: fleet.slug, role: 'manager' })
    expect(await call(db.api, 'get_fleet_rpc', { fleet: fleet.id, actor: as(guest) })).toMatchObject({ role: 'manager' })
    for (const actor of [late, guest]) await refusal(accept(hash, actor), 'INVITATION_INVALID')
    expect(await roleOf(fleet, late)).toBeUndefined()
    expect((await list(fleet)).items).toMatchObject([{ id, status: 'accepted', acceptedById: guest, acceptedAt: expect.any(String) }])
    await refusal(revoke(id, fleet.ownerId), 'INVITATION_INVALID')
  })

  test('lets in somebody never seen before', async () => {
    const { hash } = await makeInvitation(db.sys, rival)
    const actor = { issuer: 'https://issuer.example', subject: 'newcomer', email: 'new@example.com' }
    expect(await call(db.api, 'accept_invitation_rpc', { token_hash: hash, actor })).toMatchObject({ id: rival.id, role: 'driver' })
  })

  test('that is unknown, used, revoked, expired, for another address or of a former owner is refused in the same words (INVITATION_INVALID)', async () => {
    const fleet = await makeFleet(db.sys)
    const guest = await person('guest@example.com')
    const second = await person()
    await db.sys`insert into fleet_members (fleet_id, user_id, role) values (${fleet.id}, ${second}, 'owner')`
    const [used, revoked, expired, foreign, orphan] = [
      await makeInvitation(db.sys, fleet),
      await makeInvitation(db.sys, fleet),
      await makeInvitation(db.sys, fleet, { expires: '-1 second' }),
      await makeInvitation(db.sys, fleet, { email: 'dana@example.com' }),
      await makeInvitation(db.sys, fleet, { invitedBy: second }),
    ]
    await accept(used.hash, await person())
    await revoke(revoked.id, fleet.ownerId)
    await call(db.api, 'set_member_role_rpc', { fleet: fleet.id, user_id: second, role: 'manager', actor: as(fleet.ownerId) })
    const words = await Promise.all(
      [makeToken().hash, used.hash, revoked.hash, expired.hash, foreign.hash, orphan.hash, '', 'ffi_as it is', hashless(used.hash)].map(
        async (hash) => {
          const { code, field, details } = await refusal(accept(hash, guest), 'INVITATION_INVALID')
          return { code, field, details }
        },
      ),
    )
    expect(new Set(words.map((word) => JSON.stringify(word)))).toEqual(new Set(['{"code":"INVITATION_INVALID"}']))
    expect(await roleOf(fleet, guest)).toBeUndefined()
    const statuses = (await list(fleet)).items.map(({ status }) => status)
    expect(statuses).toEqual(['void', 'open', 'expired', 'revoked', 'accepted'])
    expect(await revoke(revoked.id, fleet.ownerId)).toMatchObject({ status: 'revoked' })
  })

  const hashless = (hash: string) => hash.toUpperCase()

  test('of a suspended owner is refused (INVITATION_INVALID), and good again when they are', async () => {
    const fleet = await makeFleet(db.sys)
    const { hash } = await makeInvitation(db.sys, fleet)
    const guest = await person()
    await db.sys`update users set suspended_at = now() where id = ${fleet.ownerId}`
    await refusal(accept(hash, guest), 'INVITATION_INVALID')
    await db.sys`update users set suspended_at = null where id = ${fleet.ownerId}`
    expect(await accept(hash, guest)).toMatchObject({ role: 'driver' })
  })

  test('for an address is for whoever has it, in any case of letters; not for who has none or another (INVITATION_INVALID)', async () => {
    const fleet = await makeFleet(db.sys)
    const { hash } = await makeInvitation(db.sys, fleet, { email: 'dana@example.com' })
    for (const email of [undefined, 'dan@example.com', 'dana@example.com.evil.example', 'd_na@example.com', '%'])
      await refusal(accept(hash, await person(email)), 'INVITATION_INVALID')
    const dana = await person('Dana@Example.COM')
    await accept(hash, dana)
    expect(await roleOf(fleet, dana)).toBe('driver')
  })

  test('for an address is not for letters that only fold to it: KELVIN SIGN is no k (INVITATION_INVALID), nor does its owner revoke it by going', async () => {
    const fleet = await makeFleet(db.sys)
    const { id, hash } = await makeInvitation(db.sys, fleet, { email: 'mark@example.com' })
    const other = await person('mar\u212a@example.com')
    await refusal(accept(hash, other), 'INVITATION_INVALID')
    await call(db.api, 'erase_me_rpc', { confirm: 'erase', actor: as(other) })
    expect([...(await db.sys`select email, revoked_at from invitations where id = ${id}`)]).toEqual([
      { email: 'mark@example.com', revoked_at: null },
    ])
    expect(await accept(hash, await person('MARK@example.com'))).toMatchObject({ role: 'driver' })
  })

  test('raises a role and never lowers one', async () => {
    const fleet = await makeFleet(db.sys)
    for (const [user, role, expected] of [
      [fleet.ownerId, 'driver', 'owner'],
      [fleet.managerId, 'driver', 'manager'],
      [fleet.driverId, 'manager', 'manager'],
      [fleet.managerId, 'owner', 'owner'],
    ] as const) {
      const { hash } = await makeInvitation(db.sys, fleet, { role })
      expect(await accept(hash, user)).toMatchObject({ role: expected })
      expect(await roleOf(fleet, user)).toBe(expected)
    }
  })

  test('is nothing for an API key, whatever it lists (FORBIDDEN), nor for a user who is no person (INVITATION_INVALID)', async () => {
    const fleet = await makeFleet(db.sys)
    const { hash } = await makeInvitation(db.sys, fleet, { role: 'owner' })
    const procedures = ['invitations.accept', 'invitations.create', 'fleets.create', 'members.leave', 'members.setRole']
    const { actor, userId } = await makeKey(db.sys, fleet, { procedures })
    const lisbon = { slug: 'by-key', name: 'Key', currency: 'EUR', time_zone: 'UTC' }
    await refusal(call(db.api, 'accept_invitation_rpc', { token_hash: hash, actor }), 'FORBIDDEN')
    await refusal(
      call(db.api, 'create_invitation_rpc', { fleet: fleet.id, role: 'owner', secret_hash: makeToken().hash, actor }),
      'FORBIDDEN',
    )
    await refusal(call(db.api, 'create_fleet_rpc', { ...lisbon, actor }), 'FORBIDDEN')
    await refusal(call(db.api, 'leave_fleet_rpc', { fleet: fleet.id, actor }), 'FORBIDDEN')
    await refusal(call(db.api, 'set_member_role_rpc', { fleet: fleet.id, user_id: fleet.driverId, role: 'owner', actor }), 'FORBIDDEN')
    for (const user of [userId, fleet.systemUserId]) await refusal(accept(hash, user), 'INVITATION_INVALID')
    expect(await accept(hash, await person())).toMatchObject({ role: 'owner' })
  })

  test('by a user of a living key: they are not taken out (BAD_INPUT, API_KEY) nor made an owner (BAD_INPUT, SERVICE_USER)', async () => {
    const fleet = await makeFleet(db.sys)
    const [live, ended] = [
      await makeKey(db.sys, fleet, { procedures: ['me.get'] }),
      await makeKey(db.sys, fleet, { procedures: ['me.get'], revoked: '-1 hour' }),
    ]
    const owner = { fleet: fleet.id, actor: as(fleet.ownerId) }
    const remove = (user_id: string) => call(db.api, 'remove_member_rpc', { ...owner, user_id })
    expect(await refusal(remove(live.userId), 'BAD_INPUT')).toMatchObject({ field: 'userId', details: { reason: 'API_KEY' } })
    await remove(ended.userId)
    const raise = call(db.api, 'set_member_role_rpc', { ...owner, user_id: live.userId, role: 'owner' })
    expect(await refusal(raise, 'BAD_INPUT')).toMatchObject({ field: 'userId', details: { reason: 'SERVICE_USER' } })
    expect(await call(db.api, 'set_member_role_rpc', { ...owner, user_id: live.userId, role: 'driver' })).toMatchObject({
      role: 'driver',
      service: true,
    })
  })
})

describe('32 who accept at once', () => {
  test('one is let in, each time in 12 rounds, and the others hear INVITATION_INVALID, without a deadlock', async () => {
    const fleet = await makeFleet(db.sys)
    const people = await Promise.all(Array.from({ length: 32 }, () => person()))
    const log = watchLog(db)
    for (let round = 1; round <= 12; round += 1) {
      const { id, hash } = await makeInvitation(db.sys, fleet)
      const answers = await Promise.allSettled(people.map((who) => accept(hash, who)))
      expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as DatabaseError] : []))
      expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['INVITATION_INVALID']))
      const winner = people[answers.findIndex(({ status }) => status === 'fulfilled')] ?? ''
      expect((await list(fleet)).items.find((i) => i.id === id)).toMatchObject({ status: 'accepted', acceptedById: winner })
      const [members] =
        await db.sys`select count(*)::int as n from fleet_members where fleet_id = ${fleet.id} and user_id = any (${people})`
      expect(members?.n).toBe(1)
      await db.sys`delete from fleet_members where fleet_id = ${fleet.id} and user_id = ${winner}`
    }
    expect(deadlocksIn(log())).toEqual([])
  })

  test('nobody is let in by an invitation that is revoked at that moment, unless they were before it (INVITATION_INVALID), in 40 rounds', async () => {
    const fleet = await makeFleet(db.sys)
    for (let round = 0; round < 40; round += 1) {
      const { id, hash } = await makeInvitation(db.sys, fleet)
      const guest = await person()
      const [accepted, revoked] = await Promise.allSettled([accept(hash, guest), revoke(id, fleet.ownerId)])
      expect([accepted.status, revoked.status].toSorted()).toEqual(['fulfilled', 'rejected'])
      expect([accepted, revoked]).toContainEqual(
        expect.objectContaining({ reason: expect.objectContaining({ code: 'INVITATION_INVALID' }) }),
      )
      expect(await roleOf(fleet, guest)).toBe(accepted.status === 'fulfilled' ? 'driver' : undefined)
    }
  })
})
