// The members of a fleet: who sees them, who changes them, and that a fleet never loses its last owner, whoever writes and however many at once.
import { call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeTrip, makeUser, refusal, sqlstate, type TestFleet } from '../support/fixtures.ts'
import { memberCalls } from '../support/members.ts'
import { actingAs } from '../support/wall.ts'

describe('members', async () => {
  const db = await openTestDatabase()
  const [stranger, admin] = [await makeUser(db.sys), await makeUser(db.sys, { isAdmin: true })]
  const rival = await makeFleet(db.sys)

  const join = async (fleet: TestFleet, role: string, columns: { name?: string; suspended?: boolean } = {}) => {
    const id = await makeUser(db.sys, columns)
    await db.sys`insert into fleet_members (fleet_id, user_id, role) values (${fleet.id}, ${id}, ${role})`
    return id
  }
  const roles = async (fleet: TestFleet) =>
    Object.fromEntries(
      (await db.sys`select user_id, role from fleet_members where fleet_id = ${fleet.id}`).map((row) => [row.user_id, row.role]),
    ) as Record<string, string>

  test('members and administrators see the members; e-mail addresses only owners and administrators; nobody else anything (NOT_FOUND)', async () => {
    const fleet = await makeFleet(db.sys)
    await db.sys`update users set email = 'driver@example.com' where id = ${fleet.driverId}`
    const { list } = memberCalls(db.api, fleet)
    for (const actor of [fleet.ownerId, fleet.managerId, fleet.driverId, admin]) {
      const { items } = await list(actor)
      expect(items.map(({ userId, role }) => [userId, role]).toSorted()).toEqual(Object.entries(await roles(fleet)).toSorted())
      const driver = items.find(({ userId }) => userId === fleet.driverId)
      const email = actor === fleet.ownerId || actor === admin ? 'driver@example.com' : null
      expect(driver).toEqual({
        fleetId: fleet.id,
        userId: fleet.driverId,
        name: 'Driver',
        email,
        role: 'driver',
        service: false,
        createdAt: expect.stringMatching(/Z$/),
      })
    }
    for (const actor of [stranger, rival.ownerId]) expect((await refusal(list(actor), 'NOT_FOUND')).field).toBe('fleet')
  })

  test('are read in pages without a gap or a repetition, also those who came at the same moment (BAD_CURSOR, BAD_INPUT)', async () => {
    const fleet = await makeFleet(db.sys)
    for (let i = 0; i < 4; i += 1) await join(fleet, 'driver')
    const { list } = memberCalls(db.api, fleet)
    const seen: string[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await list(fleet.driverId, { page_limit: 2, ...(cursor === undefined ? {} : { page_cursor: cursor }) })
      seen.push(...page.items.map(({ userId }) => userId))
      cursor = page.nextCursor
    }
    expect(seen).toHaveLength(7)
    expect(new Set(seen)).toEqual(new Set(Object.keys(await roles(fleet))))
    expect((await refusal(list(fleet.driverId, { page_cursor: 'x' }), 'BAD_INPUT')).details).toEqual({ reason: 'BAD_CURSOR' })
    expect((await refusal(list(fleet.driverId, { page_limit: 101 }), 'BAD_INPUT')).field).toBe('limit')
  })

  test('get another role from an owner, and it counts from their next call on', async () => {
    const fleet = await makeFleet(db.sys)
    const { setRole } = memberCalls(db.api, fleet)
    const rules = () => call(db.api, 'set_fleet_rules_rpc', { fleet: fleet.id, rules: {}, actor: as(fleet.driverId) })
    await refusal(rules(), 'FORBIDDEN')
    expect(await setRole(fleet.ownerId, fleet.driverId, 'manager')).toMatchObject({ userId: fleet.driverId, role: 'manager' })
    await rules()
    await setRole(fleet.ownerId, fleet.driverId, 'driver')
    await refusal(rules(), 'FORBIDDEN')
    expect((await refusal(setRole(fleet.ownerId, fleet.driverId, 'king'), 'BAD_INPUT')).field).toBe('role')
    for (const nobody of [stranger, rival.driverId])
      expect((await refusal(setRole(fleet.ownerId, nobody, 'driver'), 'NOT_FOUND')).field).toBe('userId')
  })

  test('are taken out by an owner, from their next call on; their trips stay', async () => {
    const fleet = await makeFleet(db.sys, { visibility: 'members' })
    const trip = await makeTrip(db.sys, fleet, { renterId: fleet.managerId, start: '2031-01-01T10:00Z', end: '2031-01-02T10:00Z' })
    const car = () => call(db.api, 'get_car_rpc', { car_id: firstCar(fleet), actor: as(fleet.managerId) })
    await car()
    expect(await memberCalls(db.api, fleet).remove(fleet.ownerId, fleet.managerId)).toEqual({ fleetId: fleet.id, userId: fleet.managerId })
    await refusal(car(), 'NOT_FOUND')
    expect(await call(db.api, 'get_trip_rpc', { trip_id: trip, actor: as(fleet.managerId) })).toMatchObject({ bookedById: fleet.managerId })
    expect((await refusal(memberCalls(db.api, fleet).remove(fleet.ownerId, fleet.managerId), 'NOT_FOUND')).field).toBe('userId')
  })

  test('leave by themselves, once; who is no member cannot (NOT_FOUND)', async () => {
    const fleet = await makeFleet(db.sys)
    const { leave } = memberCalls(db.api, fleet)
    for (const who of [fleet.managerId, fleet.driverId]) {
      expect(await leave(who)).toEqual({ fleetId: fleet.id, userId: who })
      expect((await refusal(leave(who), 'NOT_FOUND')).field).toBe('fleet')
    }
    for (const who of [stranger, rival.ownerId, admin]) await refusal(leave(who), 'NOT_FOUND')
    expect(Object.keys(await roles(fleet))).toEqual([fleet.ownerId])
  })

  test('are changed by owners alone: managers, drivers and administrators may not (FORBIDDEN), others find no fleet of theirs (NOT_FOUND)', async () => {
    const fleet = await makeFleet(db.sys)
    const { setRole, remove, transfer } = memberCalls(db.api, fleet)
    const before = await roles(fleet)
    const attempts = (actor: string) => [
      () => setRole(actor, actor, 'owner'),
      () => setRole(actor, fleet.ownerId, 'driver'),
      () => remove(actor, fleet.driverId),
      () => remove(actor, fleet.ownerId),
      () => transfer(actor, fleet.managerId),
    ]
    for (const actor of [fleet.managerId, fleet.driverId, admin])
      for (const attempt of attempts(actor)) await refusal(attempt(), 'FORBIDDEN')
    for (const actor of [stranger, rival.ownerId])
      for (const attempt of attempts(actor)) expect((await refusal(attempt(), 'NOT_FOUND')).field).toBe('fleet')
    expect(await roles(fleet)).toEqual(before)
  })

  test('a fleet is handed to a member who is a person: they own it, the giver stays as a manager', async () => {
    const fleet = await makeFleet(db.sys)
    const { transfer } = memberCalls(db.api, fleet)
    const suspended = await join(fleet, 'driver', { suspended: true })
    await db.sys`insert into fleet_members (fleet_id, user_id, role) values (${fleet.id}, ${fleet.systemUserId}, 'driver')`
    for (const who of [stranger, suspended]) expect((await refusal(transfer(fleet.ownerId, who), 'NOT_FOUND')).field).toBe('userId')
    expect((await refusal(transfer(fleet.ownerId, fleet.systemUserId), 'BAD_INPUT')).details).toEqual({ reason: 'SERVICE_USER' })
    expect((await refusal(transfer(fleet.ownerId, fleet.ownerId), 'BAD_INPUT')).details).toEqual({ reason: 'ONESELF' })
    expect(await transfer(fleet.ownerId, fleet.driverId)).toMatchObject({ id: fleet.id, role: 'manager' })
    expect(await roles(fleet)).toMatchObject({ [fleet.ownerId]: 'manager', [fleet.driverId]: 'owner', [fleet.managerId]: 'manager' })
    await refusal(transfer(fleet.ownerId, fleet.managerId), 'FORBIDDEN')
  })

  test('a user who is no person is never made an owner (BAD_INPUT, SERVICE_USER), and is shown as one', async () => {
    const fleet = await makeFleet(db.sys)
    await db.sys`insert into fleet_members (fleet_id, user_id, role) values (${fleet.id}, ${fleet.systemUserId}, 'driver')`
    const { setRole, list } = memberCalls(db.api, fleet)
    const { field, details } = await refusal(setRole(fleet.ownerId, fleet.systemUserId, 'owner'), 'BAD_INPUT')
    expect([field, details]).toEqual(['userId', { reason: 'SERVICE_USER' }])
    const shown = (await list(fleet.driverId)).items.find(({ userId }) => userId === fleet.systemUserId)
    expect(shown).toMatchObject({ service: true })
  })
})

describe('the last owner', async () => {
  const db = await openTestDatabase()

  test('cannot leave, be taken out or get another role (LAST_OWNER); with a second owner one may', async () => {
    const fleet = await makeFleet(db.sys)
    const { leave, remove, setRole } = memberCalls(db.api, fleet)
    const all = [
      () => leave(fleet.ownerId),
      () => remove(fleet.ownerId, fleet.ownerId),
      () => setRole(fleet.ownerId, fleet.ownerId, 'manager'),
    ]
    for (const attempt of all) await refusal(attempt(), 'LAST_OWNER')
    expect(await setRole(fleet.ownerId, fleet.ownerId, 'owner')).toMatchObject({ role: 'owner' })
    await setRole(fleet.ownerId, fleet.managerId, 'owner')
    await leave(fleet.ownerId)
    await refusal(leave(fleet.managerId), 'LAST_OWNER')
  })

  test('is a person: the user of no person beside them does not count (LAST_OWNER)', async () => {
    const fleet = await makeFleet(db.sys)
    await db.sys`insert into fleet_members (fleet_id, user_id, role) values (${fleet.id}, ${fleet.systemUserId}, 'owner')`
    await refusal(memberCalls(db.api, fleet).leave(fleet.ownerId), 'LAST_OWNER')
    await db.sys`delete from fleet_members where user_id = ${fleet.systemUserId}`
  })

  test('is not suspended: a co-owner who is does not count, until they are let in again (LAST_OWNER)', async () => {
    const fleet = await makeFleet(db.sys)
    const { leave, setRole } = memberCalls(db.api, fleet)
    await setRole(fleet.ownerId, fleet.managerId, 'owner')
    await db.sys`update users set suspended_at = now() where id = ${fleet.managerId}`
    await refusal(leave(fleet.ownerId), 'LAST_OWNER')
    await refusal(setRole(fleet.ownerId, fleet.ownerId, 'manager'), 'LAST_OWNER')
    await db.sys`update users set suspended_at = null where id = ${fleet.managerId}`
    await leave(fleet.ownerId)
  })

  test('stays whoever writes, one row, all rows or with the user (LAST_OWNER), but for the fleet itself going', async () => {
    const fleet = await makeFleet(db.sys)
    const other = await makeFleet(db.sys)
    for (const statement of [
      db.sys`delete from fleet_members where fleet_id = ${fleet.id}`,
      db.sys`update fleet_members set role = 'driver' where fleet_id = ${fleet.id}`,
      db.sys`update fleet_members set fleet_id = ${other.id} where user_id = ${fleet.ownerId}`,
      db.sys`delete from users where id = ${fleet.ownerId}`,
    ])
      expect(await sqlstate(statement)).toBe('FF013')
    await db.admin.begin(async (tx) => {
      await tx`set local role fleetflow_owner`
      await tx`alter table cars no force row level security`
      await tx`alter table fleets no force row level security`
      await tx`alter table car_classes no force row level security`
      await tx`alter table fleet_members no force row level security`
      await tx`delete from cars where fleet_id = ${other.id}`
      await tx`delete from car_classes where fleet_id = ${other.id}`
      await tx`alter table rate_plans disable trigger user`
      await tx`alter table rate_plans no force row level security`
      await tx`delete from rate_plans where fleet_id = ${other.id}`
      await tx`delete from fleets where id = ${other.id}`
    })
    expect(await db.sys`select from fleet_members where fleet_id = ${other.id}`).toHaveLength(0)
  })

  test('below the functions, too: nobody but an owner writes a role or takes others out, nobody at all adds a row', async () => {
    const fleet = await makeFleet(db.sys)
    const rival = await makeFleet(db.sys)
    const [admin, stranger] = [await makeUser(db.sys, { isAdmin: true }), await makeUser(db.sys)]
    const promote = (actor: string, who: string) =>
      actingAs(db.admin, actor, (tx) => tx`update fleet_members set role = 'owner' where user_id = ${who} returning role`)
    const expel = (actor: string, who: string) =>
      actingAs(db.admin, actor, (tx) => tx`delete from fleet_members where user_id = ${who} returning role`)
    for (const actor of [fleet.managerId, fleet.driverId, rival.ownerId, stranger, admin]) {
      expect(await promote(actor, actor === rival.ownerId ? fleet.driverId : fleet.managerId)).toEqual({ rows: [] })
      expect(await expel(actor, fleet.ownerId)).toEqual({ rows: [] })
      const insert = await actingAs(db.admin, actor, (tx) => tx`insert into fleet_members values (${fleet.id}, ${actor}, 'owner')`)
      expect(insert).toEqual({ state: '42501' })
    }
    expect(await promote(fleet.ownerId, fleet.driverId)).toEqual({ rows: [{ role: 'owner' }] })
    expect(await expel(fleet.ownerId, fleet.driverId)).toEqual({ rows: [{ role: 'driver' }] })
    expect(await expel(fleet.driverId, fleet.driverId)).toEqual({ rows: [{ role: 'driver' }] })
    const move = await actingAs(
      db.admin,
      fleet.ownerId,
      (tx) => tx`update fleet_members set fleet_id = ${rival.id} where user_id = ${fleet.driverId}`,
    )
    expect(move).toEqual({ state: '42501' })
  })
})
