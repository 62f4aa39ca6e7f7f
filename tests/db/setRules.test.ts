// Setting and reading the rules of a fleet: who may, what is kept, and every input the database refuses by the name of its field.
import { call } from '@fleetflow/db'
import { describe, expect, test, vi } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, makeFleet, makeUser, refusal, sqlstate } from '../support/fixtures.ts'

describe('set_fleet_rules_rpc and get_fleet_rules_rpc', async () => {
  const db = await openTestDatabase()
  const stranger = await makeUser(db.sys)
  const admin = await makeUser(db.sys, { isAdmin: true })
  const fleet = await makeFleet(db.sys)
  const hidden = await makeFleet(db.sys, { visibility: 'members' })

  const set = (rules: unknown, actor = fleet.ownerId, more: { fleet?: string; version?: number; idempotency_key?: string } = {}) =>
    call(db.api, 'set_fleet_rules_rpc', { fleet: fleet.slug, rules, ...more, actor: as(actor) }) as Promise<{ version: number }>
  const get = (actor = stranger, slug = fleet.slug) => call(db.api, 'get_fleet_rules_rpc', { fleet: slug, actor: as(actor) })

  const everything = {
    openingHours: {
      mon: [
        ['08:00', '12:00'],
        ['13:00', '24:00'],
      ],
      sat: [['20:00', '04:00']],
    },
    closedDays: ['2030-12-25', '2030-12-26'],
    minMinutes: 60,
    maxMinutes: 10_080,
    noticeMinutes: 120,
    horizonDays: 180,
    maxOpenTrips: 3,
    cancellationPolicy: {
      tiers: [
        { beforeMinutes: 2880, refundPpm: 1_000_000 },
        { beforeMinutes: 0, refundPpm: 500_000 },
      ],
    },
  }

  test('a fleet begins without rules', async () => {
    expect(await get(stranger, (await makeFleet(db.sys)).id)).toEqual({
      fleetId: expect.any(String),
      fleet: expect.stringMatching(/^fleet-/),
      openingHours: null,
      closedDays: [],
      minMinutes: null,
      maxMinutes: null,
      noticeMinutes: 0,
      horizonDays: null,
      maxOpenTrips: null,
      cancellationPolicy: null,
      version: 1,
    })
  })

  test('owners and managers set rules; what is absent stays, null takes a rule away; members and strangers read them', async () => {
    const first = await set({ ...everything, closedDays: ['2030-12-26', '2030-12-25', '2030-12-26'] })
    expect(first).toEqual({ fleetId: fleet.id, fleet: fleet.slug, ...everything, version: expect.any(Number) })
    for (const reader of [stranger, fleet.driverId, fleet.managerId, admin]) expect(await get(reader)).toEqual(first)
    const second = await set(
      { minMinutes: null, openingHours: null, closedDays: null, noticeMinutes: null, cancellationPolicy: 'strict' },
      fleet.managerId,
    )
    expect(second).toEqual({
      ...first,
      minMinutes: null,
      openingHours: null,
      closedDays: [],
      noticeMinutes: 0,
      cancellationPolicy: 'strict',
      version: first.version + 1,
    })
  })

  test('drivers, strangers and administrators may not set rules (FORBIDDEN)', async () => {
    for (const actor of [fleet.driverId, stranger, admin, hidden.ownerId]) await refusal(set({}, actor), 'FORBIDDEN')
  })

  test('a hidden fleet has no rules for a stranger, to read or to set (NOT_FOUND)', async () => {
    expect((await refusal(get(stranger, hidden.slug), 'NOT_FOUND')).field).toBe('fleet')
    expect((await refusal(set({}, stranger, { fleet: hidden.id }), 'NOT_FOUND')).field).toBe('fleet')
    await refusal(get(stranger, 'no-such-fleet'), 'NOT_FOUND')
    await expect(get(hidden.driverId, hidden.slug)).resolves.toMatchObject({ version: 1 })
  })

  test('nobody reads or sets anything without being known (UNAUTHENTICATED)', async () => {
    const nobody = '0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091'
    await refusal(get(nobody), 'UNAUTHENTICATED')
    await refusal(set({}, nobody), 'UNAUTHENTICATED')
    await refusal(get(await makeUser(db.sys, { suspended: true })), 'UNAUTHENTICATED')
  })

  test('a version that is no longer current changes nothing (VERSION_MISMATCH)', async () => {
    const { version } = await set({ minMinutes: 30 })
    await set({ minMinutes: 40 }, fleet.ownerId, { version })
    const stale = await refusal(set({ minMinutes: 50 }, fleet.ownerId, { version }), 'VERSION_MISMATCH')
    expect(stale.details).toEqual({ version: version + 1 })
    expect(await get()).toMatchObject({ minMinutes: 40, version: version + 1 })
  })

  test('of two who change the same version at once exactly one does (VERSION_MISMATCH)', async () => {
    const { version } = await set({})
    const both: Promise<unknown>[] = []
    await db.sys.begin(async (held) => {
      await held`select from fleets where id = ${fleet.id} for no key update`
      for (const minMinutes of [11, 12]) both.push(set({ minMinutes }, fleet.ownerId, { version }))
      await vi.waitUntil(async () => {
        const waiting = await db.admin`
          select distinct l.pid from pg_locks as l join pg_stat_activity as a on a.pid = l.pid where not l.granted and a.datname = current_database()`
        return waiting.length === both.length
      }, 30_000)
    })
    const outcomes = await Promise.allSettled(both)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'VERSION_MISMATCH' } })
    expect(await get()).toMatchObject({ version: version + 1 })
  })

  test('the same key and input answer the same and change nothing again (idempotencyKey, IDEMPOTENCY_KEY_REUSED)', async () => {
    const first = await set({ horizonDays: 90 }, fleet.ownerId, { idempotency_key: 'rules' })
    expect(await set({ horizonDays: 90 }, fleet.ownerId, { idempotency_key: 'rules' })).toEqual(first)
    await refusal(set({ horizonDays: 91 }, fleet.ownerId, { idempotency_key: 'rules' }), 'IDEMPOTENCY_KEY_REUSED')
  })

  const tiers = (...pairs: [unknown, unknown][]) => ({
    cancellationPolicy: { tiers: pairs.map(([beforeMinutes, refundPpm]) => ({ beforeMinutes, refundPpm })) },
  })
  test.each<[string, unknown]>([
    ['rules', null],
    ['rules', []],
    ['colour', { colour: 'red' }],
    ['openingHours', { openingHours: {} }],
    ['openingHours', { openingHours: '24/7' }],
    ['openingHours.mon.0.1', { openingHours: { mon: [['08:00', '24:01']] } }],
    ['closedDays', { closedDays: ['2030-02-29'] }],
    ['closedDays', { closedDays: ['infinity'] }],
    ['closedDays', { closedDays: ['1899-12-31'] }],
    ['closedDays', { closedDays: ['2030-13-01'] }],
    ['closedDays', { closedDays: [20_301_225] }],
    ['closedDays', { closedDays: '2030-12-25' }],
    ['minMinutes', { minMinutes: 0 }],
    ['minMinutes', { minMinutes: 1.5 }],
    ['minMinutes', { minMinutes: '60' }],
    ['maxMinutes', { maxMinutes: 527_041 }],
    ['maxMinutes', { minMinutes: 100, maxMinutes: 99 }],
    ['noticeMinutes', { noticeMinutes: -1 }],
    ['horizonDays', { horizonDays: 3661 }],
    ['maxOpenTrips', { maxOpenTrips: 0 }],
    ['maxOpenTrips', { maxOpenTrips: 10_001 }],
    ['cancellationPolicy', { cancellationPolicy: 'generous' }],
    ['cancellationPolicy', { cancellationPolicy: { tiers: [], more: 1 } }],
    ['cancellationPolicy.tiers', { cancellationPolicy: { tiers: [] } }],
    ['cancellationPolicy.tiers.0.beforeMinutes', tiers(['60', 1000])],
    ['cancellationPolicy.tiers.0.refundPpm', tiers([60, 1_000_001])],
    ['cancellationPolicy.tiers.1.beforeMinutes', tiers([60, 1000], [60, 500])],
    ['cancellationPolicy.tiers.1.refundPpm', tiers([60, 1000], [30, 1001])],
  ])('refuses what no fleet could have and names the field (BAD_INPUT): %s', async (field, rules) => {
    const before = await get()
    expect((await refusal(set(rules), 'BAD_INPUT')).field).toBe(field)
    expect(await get()).toEqual(before)
  })

  test('the table itself refuses hours and policies without their shape, whoever writes them (23514)', async () => {
    expect(await sqlstate(db.sys`update fleets set opening_hours = '{"mon": [["8", "9"]]}' where id = ${fleet.id}`)).toBe('23514')
    expect(await sqlstate(db.sys`update fleets set cancellation_policy = '{"tiers": 5}' where id = ${fleet.id}`)).toBe('23514')
  })
})
