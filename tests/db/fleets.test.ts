// Opening, reading and changing a fleet: what a stranger can do, what only its owners can, and that it holds below the functions as well.
import { call } from '@fleetflow/db'
import { describe, expect, test, vi } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeUser, refusal } from '../support/fixtures.ts'
import { actingAs } from '../support/wall.ts'

interface Fleet {
  id: string
  slug: string
  role: string | null
}

const lisbon = { name: 'Harbour Cars', currency: 'EUR', time_zone: 'Europe/Lisbon' }

describe('create_fleet_rpc', async () => {
  const db = await openTestDatabase({ poolSize: 16 })
  const founder = await makeUser(db.sys)
  const create = (
    slug: string,
    change: Partial<Record<'name' | 'currency' | 'time_zone' | 'visibility', string | null>> = {},
    actor = founder,
  ) => call(db.api, 'create_fleet_rpc', { slug, ...lisbon, ...change, actor: as(actor) }) as Promise<Fleet>

  test('opens a fleet of which the caller is the owner, with a system user who is no member and no person', async () => {
    const fleet = await create('harbour', { name: '  Harbour Cars\n' })
    expect(fleet).toEqual({
      id: expect.any(String),
      slug: 'harbour',
      name: 'Harbour Cars',
      currency: 'EUR',
      timeZone: 'Europe/Lisbon',
      visibility: 'public',
      role: 'owner',
      createdAt: expect.stringMatching(/Z$/),
    })
    const members = await db.sys`select user_id, role from fleet_members where fleet_id = ${fleet.id}`
    expect([...members]).toEqual([{ user_id: founder, role: 'owner' }])
    const [system] = await db.sys`
      select u.name, u.email, private.is_service(u.id) as service, (select count(*)::int from user_identities as i where i.user_id = u.id) as identities
        from fleets as f join users as u on u.id = f.system_user_id where f.id = ${fleet.id}`
    expect(system).toEqual({ name: 'harbour (system)', email: null, service: true, identities: 0 })
    expect(await call(db.api, 'get_me_rpc', { actor: as(founder) })).toMatchObject({ fleets: [{ slug: 'harbour', role: 'owner' }] })
  })

  test('makes the user of somebody never seen before', async () => {
    const actor = { issuer: 'https://issuer.example', subject: 'a stranger' }
    expect(await call(db.api, 'create_fleet_rpc', { slug: 'first-sight', ...lisbon, actor })).toMatchObject({ role: 'owner' })
    await refusal(call(db.api, 'create_fleet_rpc', { slug: 'nobody', ...lisbon, actor: {} as never }), 'UNAUTHENTICATED')
  })

  test('a slug that another fleet has is refused, hidden or not (BAD_INPUT, TAKEN)', async () => {
    const hidden = await makeFleet(db.sys, { visibility: 'members' })
    const users = await db.sys`select id from users`
    for (const slug of ['harbour', hidden.slug]) {
      const { field, details } = await refusal(create(slug), 'BAD_INPUT')
      expect([field, details]).toEqual(['slug', { reason: 'TAKEN' }])
    }
    expect(await db.sys`select id from users`).toHaveLength(users.length)
  })

  test('of 16 who want a slug at once one has it and the others hear TAKEN (BAD_INPUT), in 10 rounds', async () => {
    const people = await Promise.all(Array.from({ length: 16 }, () => makeUser(db.sys)))
    for (let round = 0; round < 10; round += 1) {
      const answers = await Promise.allSettled(people.map((person) => create(`round-${round}`, {}, person)))
      expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      const refused = answers.flatMap((a) => (a.status === 'rejected' ? [a.reason as unknown] : []))
      for (const error of refused) expect(error).toMatchObject({ code: 'BAD_INPUT', field: 'slug', details: { reason: 'TAKEN' } })
    }
    const [left] = await db.sys`select count(*)::int as n from users where name like 'round-%'`
    expect(left).toEqual({ n: 10 })
  })

  const slugs = ['', 'Harbour', '-a', 'a b', 'a_b', 'é', 'a'.repeat(64), '01900000-0000-7000-8000-000000000000']
  test.each(slugs)('refuses the slug %j (BAD_INPUT)', async (slug) => {
    const error = await refusal(create(slug), 'BAD_INPUT')
    expect([error.field, error.details]).toEqual(['slug', undefined])
  })

  const faults: [string, { name?: string; currency?: string; time_zone?: string; visibility?: string | null }, string][] = [
    ['a blank name', { name: ' \n' }, 'name'],
    ['a name of 201 letters', { name: 'x'.repeat(201) }, 'name'],
    ['a currency that is none', { currency: 'ABC' }, 'currency'],
    ['a currency in small letters', { currency: 'eur' }, 'currency'],
    ['a currency of the past', { currency: 'DEM' }, 'currency'],
    ['two currencies', { currency: 'EUR USD' }, 'currency'],
    ['a time zone that is none', { time_zone: 'Europe/Atlantis' }, 'timeZone'],
    ['an offset for a time zone', { time_zone: '+02:00' }, 'timeZone'],
    ['what only looks like a time zone', { time_zone: 'Foo/Bar+5' }, 'timeZone'],
    ['an abbreviation for a time zone', { time_zone: 'CET-1' }, 'timeZone'],
    ['a visibility that is none', { visibility: 'friends' }, 'visibility'],
  ]
  test.each(faults)('refuses %s (BAD_INPUT)', async (_, change, field) => {
    expect((await refusal(create('faulty', change), 'BAD_INPUT')).field).toBe(field)
  })

  test.each(['slug', 'name', 'currency', 'time_zone'])('refuses to go without %s (BAD_INPUT)', async (member) => {
    const input = { slug: 'without', ...lisbon, [member]: null, actor: as(founder) }
    expect((await refusal(call(db.api, 'create_fleet_rpc', input), 'BAD_INPUT')).field).toBe(member === 'time_zone' ? 'timeZone' : member)
  })

  test('knows the time zones of the whole world and the currencies of ISO 4217', async () => {
    const zones = Intl.supportedValuesOf('timeZone')
    const known = await db.sys<{ zone: string }[]>`select zone from unnest(${zones}::text[]) as z (zone) where private.is_zone(zone)`
    const [unknown = [], currencies = []] = [
      zones.filter((zone) => !known.some((k) => k.zone === zone)),
      await db.sys<{ code: string }[]>`
        select code from (select chr(a) || chr(b) || chr(c) as code from generate_series(65, 90) as a, generate_series(65, 90) as b, generate_series(65, 90) as c) as all_codes
         where private.is_currency(code) order by code`,
    ]
    expect(zones.length).toBeGreaterThan(400)
    expect(unknown).toEqual([])
    expect(currencies).toHaveLength(158)
    const world = new Set(Intl.supportedValuesOf('currency'))
    // Listed by ISO 4217, not by ICU: units of account, and a second name of the bolívar.
    expect(currencies.map(({ code }) => code).filter((code) => !world.has(code))).toEqual(['CLF', 'UYI', 'UYW', 'VED'])
  })

  test('a person owns at most 50 fleets (QUOTA_EXCEEDED), also when one is still being opened', async () => {
    const keen = await makeUser(db.sys)
    await db.sys`
      with system as (insert into users (id, name) select private.uuid_v7(), 'System' from generate_series(1, 49) returning id),
           made as (insert into fleets (id, slug, name, currency, time_zone, system_user_id)
                    select private.uuid_v7(), 'keen-' || id, 'Keen', 'EUR', 'UTC', id from system returning id)
      insert into fleet_members (fleet_id, user_id, role) select id, ${keen}, 'owner' from made`
    const [slow, quick] = await holdingSlug('keen-slow', async () => {
      const opening = create('keen-slow', {}, keen)
      await lockedOut(1)
      const other = create('keen-quick', {}, keen).catch((error: unknown) => error)
      await Promise.race([other, lockedOut(2)])
      return [opening, other] as const
    })
    expect(await slow).toMatchObject({ slug: 'keen-slow' })
    expect(await quick).toMatchObject({ code: 'QUOTA_EXCEEDED', details: { limit: 50 } })
    await refusal(create('keen-51', {}, keen), 'QUOTA_EXCEEDED')
  })

  /** Runs `work` while somebody else is about to take the slug; then they do not. */
  async function holdingSlug<T extends readonly unknown[]>(slug: string, work: () => Promise<T>): Promise<T> {
    const holder = await db.sys.reserve()
    try {
      await holder`begin`
      await holder`with u as (insert into users (id, name) values (private.uuid_v7(), 'System') returning id)
        insert into fleets (id, slug, name, currency, time_zone, system_user_id) select private.uuid_v7(), ${slug}, 'Held', 'EUR', 'UTC', id from u`
      return await work()
    } finally {
      await holder`rollback`
      holder.release()
    }
  }

  const lockedOut = (count: number) =>
    vi.waitUntil(async () => {
      const [waiting] = await db.admin`
        select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
      return waiting?.n >= count
    })

  test('a repeated key answers what it answered, and opens no second fleet', async () => {
    const again = { slug: 'once', ...lisbon, actor: as(founder), idempotency_key: 'open' }
    const first = await call(db.api, 'create_fleet_rpc', again)
    expect(await call(db.api, 'create_fleet_rpc', { ...again, visibility: 'public' })).toEqual(first)
    await refusal(call(db.api, 'create_fleet_rpc', { ...again, slug: 'twice' }), 'IDEMPOTENCY_KEY_REUSED')
  })
})

describe('get_fleet_rpc and update_fleet_rpc', async () => {
  const db = await openTestDatabase()
  const [stranger, admin] = [await makeUser(db.sys), await makeUser(db.sys, { isAdmin: true })]
  const fleet = await makeFleet(db.sys)
  const rival = await makeFleet(db.sys)
  const get = (actor: string, ref = fleet.id) => call(db.api, 'get_fleet_rpc', { fleet: ref, actor: as(actor) }) as Promise<Fleet>
  const update = (change: object, actor = fleet.ownerId, ref = fleet.id) =>
    call(db.api, 'update_fleet_rpc', { fleet: ref, ...change, actor: as(actor) }) as Promise<Fleet>

  test('whoever sees a fleet reads it, by id or slug, with their own role', async () => {
    const roles = { [fleet.ownerId]: 'owner', [fleet.managerId]: 'manager', [fleet.driverId]: 'driver', [stranger]: null, [admin]: null }
    for (const [actor, role] of Object.entries(roles)) {
      for (const ref of [fleet.id, fleet.slug]) expect(await get(actor, ref)).toMatchObject({ id: fleet.id, slug: fleet.slug, role })
    }
  })

  test('a fleet of members is not there for others (NOT_FOUND), and visibility counts from the next call on', async () => {
    expect(await update({ visibility: 'members' })).toMatchObject({ visibility: 'members' })
    expect((await refusal(get(stranger), 'NOT_FOUND')).field).toBe('fleet')
    await refusal(call(db.api, 'get_car_rpc', { car_id: firstCar(fleet), actor: as(stranger) }), 'NOT_FOUND')
    for (const actor of [fleet.driverId, admin]) expect(await get(actor)).toMatchObject({ visibility: 'members' })
    await update({ visibility: 'public' })
    expect(await get(stranger)).toMatchObject({ visibility: 'public' })
    expect(await call(db.api, 'get_car_rpc', { car_id: firstCar(fleet), actor: as(stranger) })).toMatchObject({ id: firstCar(fleet) })
  })

  test('owners change what is given and nothing else', async () => {
    const before = await get(fleet.ownerId)
    expect(await update({})).toEqual(before)
    const changed = { slug: `${fleet.slug}-2`, name: 'New name', timeZone: 'America/Port-au-Prince' }
    expect(await update({ slug: changed.slug, name: ' New name ', time_zone: changed.timeZone })).toEqual({ ...before, ...changed })
    expect(await update({ name: 'Newer' })).toEqual({ ...before, ...changed, name: 'Newer' })
    await refusal(get(stranger, fleet.slug), 'NOT_FOUND')
    await update({ slug: fleet.slug })
  })

  test('managers, drivers and administrators may not (FORBIDDEN); a stranger and another owner find no fleet of theirs (NOT_FOUND)', async () => {
    const before = await get(fleet.ownerId)
    for (const actor of [fleet.managerId, fleet.driverId, admin]) await refusal(update({ name: 'Mine' }, actor), 'FORBIDDEN')
    for (const actor of [stranger, rival.ownerId]) expect((await refusal(update({ name: 'Mine' }, actor), 'NOT_FOUND')).field).toBe('fleet')
    expect(await get(fleet.ownerId)).toEqual(before)
  })

  test('a slug that another fleet has (BAD_INPUT, TAKEN), a name, time zone or visibility that is none (BAD_INPUT)', async () => {
    expect(await refusal(update({ slug: rival.slug }), 'BAD_INPUT')).toMatchObject({ field: 'slug', details: { reason: 'TAKEN' } })
    expect(await update({ slug: fleet.slug })).toMatchObject({ slug: fleet.slug })
    for (const [field, change] of Object.entries({
      slug: { slug: '01900000-0000-7000-8000-000000000000' },
      name: { name: '\t' },
      timeZone: { time_zone: 'EST5EDT' },
      visibility: { visibility: 'nobody' },
    }))
      expect((await refusal(update(change), 'BAD_INPUT')).field).toBe(field)
  })

  test('below the functions, too: whoever is no owner changes no fleet, whatever a function forgets, and nobody its currency', async () => {
    const rename = (actor: string) =>
      actingAs(db.admin, actor, (tx) => tx`update fleets set name = 'Mine' where id = ${fleet.id} returning id`)
    expect(await rename(fleet.ownerId)).toEqual({ rows: [{ id: fleet.id }] })
    expect(await rename(fleet.managerId)).toEqual({ state: 'FF403' })
    for (const actor of [fleet.driverId, stranger, rival.ownerId, admin]) expect(await rename(actor)).toEqual({ rows: [] })
    for (const column of ['currency', 'system_user_id', 'id']) {
      const write = (tx: Parameters<Parameters<typeof actingAs>[2]>[0]) =>
        tx`update fleets set ${tx(column)} = ${tx(column)} where id = ${fleet.id}`
      expect(await actingAs(db.admin, fleet.ownerId, write)).toEqual({ state: '42501' })
    }
    const insert = await actingAs(db.admin, stranger, (tx) => tx`insert into fleets (id) values (gen_random_uuid())`)
    expect(insert).toEqual({ state: '42501' })
  })

  test('who lost the role while waiting for the lock has lost it (FORBIDDEN)', async () => {
    const second = await makeUser(db.sys)
    await db.sys`insert into fleet_members (fleet_id, user_id, role) values (${fleet.id}, ${second}, 'owner')`
    let late: Promise<unknown> = Promise.resolve()
    await db.sys.begin(async (tx) => {
      await tx`select private.lock_fleet(${fleet.id})`
      late = update({ name: 'Too late' }, second).catch((error: unknown) => error)
      await vi.waitUntil(async () => {
        const [waiting] =
          await db.admin`select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
        return waiting?.n > 0
      })
      await tx`update fleet_members set role = 'driver' where fleet_id = ${fleet.id} and user_id = ${second}`
    })
    expect(await late).toMatchObject({ code: 'FORBIDDEN' })
  })
})
