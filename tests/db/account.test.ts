// One's own account: the name, everything that is held as one document, and erasure, which keeps the trips and removes the person.
import { type Actor, call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { makeKey } from '../support/apiKeys.ts'
import { day } from '../support/booking.ts'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeTrip, makeUser, refusal, sqlstate, type TestFleet } from '../support/fixtures.ts'

const canaries = {
  name: 'Canary Nameson',
  email: 'canary.mail@example.com',
  subject: 'canary-subject',
  comment: 'canary comment',
  reason: 'canary reason',
}

describe('an account', async () => {
  const db = await openTestDatabase()
  const export_ = (actor: Actor) => call(db.api, 'export_me_rpc', { actor }) as Promise<Record<string, unknown[]>>
  const erase = (actor: Actor, confirm = 'erase', idempotency_key?: string) =>
    call(db.api, 'erase_me_rpc', { confirm, actor, idempotency_key })
  const rename = (name: string, actor: Actor) => call(db.api, 'update_me_rpc', { name, actor })
  const me = (actor: Actor) => call(db.api, 'get_me_rpc', { actor }) as Promise<{ id: string; name: string; fleets: unknown[] }>
  const relay = () => db.api.sql`select relay_events(10000)`

  /** Somebody who has done everything that leaves a trace, and the canaries in it. */
  async function makeLife(fleet: TestFleet, tag = ''): Promise<{ actor: Actor; id: string; past: string }> {
    const actor = { issuer: 'https://id.example', subject: canaries.subject + tag, email: canaries.email, name: canaries.name }
    const { id } = await me(actor)
    const car = firstCar(fleet)
    const month = String(1 + Number(tag || 0)).padStart(2, '0')
    const past = await makeTrip(db.sys, fleet, {
      renterId: id,
      start: `2021-${month}-01T10:00Z`,
      end: `2021-${month}-02T10:00Z`,
      status: 'completed',
    })
    await call(db.api, 'create_review_rpc', { trip_id: past, rating: 2, comment: canaries.comment, actor, idempotency_key: 'review' })
    await relay()
    const period = { start_date: `2031-${month}-01T10:00Z`, end_date: `2031-${month}-02T10:00Z` }
    const near = { lat: 1_000_000, lng: 1_000_000, radius: 20_100_000 }
    await db.sys`update cars set lat_microdegrees = 1000000, lng_microdegrees = 1000000 where id = ${car}`
    const booked = (await call(db.api, 'create_trip_in_class_rpc', {
      fleet: fleet.slug,
      car_class: 'van',
      ...period,
      ...near,
      driver_id: id,
      actor,
    })) as { id: string }
    await call(db.api, 'cancel_trip_rpc', { trip_id: booked.id, reason: canaries.reason, actor })
    await call(db.api, 'quote_trip_rpc', { car_id: car, ...period, actor })
    await call(db.api, 'hold_trip_rpc', { car_id: car, ...period, actor, idempotency_key: 'hold' })
    await db.sys`insert into fleet_members (fleet_id, user_id, role) values (${fleet.id}, ${id}, 'owner')`
    await call(db.api, 'create_invitation_rpc', {
      fleet: fleet.slug,
      role: 'driver',
      email: 'somebody@example.com',
      secret_hash: `${tag || 0}`.padStart(64, 'a'),
      actor,
    })
    await call(db.api, 'set_member_role_rpc', {
      fleet: fleet.slug,
      user_id: id,
      role: 'manager',
      actor: as(fleet.ownerId),
      idempotency_key: `role${tag}`,
    })
    return { actor, id, past }
  }

  /** Every place of every table where one of the texts is stored. */
  async function traces(texts: readonly string[]): Promise<string[]> {
    const columns = await db.admin<{ table: string; column: string }[]>`
      select a.attrelid::regclass::text as table, quote_ident(a.attname) as column
        from pg_attribute as a join pg_class as c on c.oid = a.attrelid join pg_namespace as n on n.oid = c.relnamespace
       where n.nspname in ('public', 'issuer') and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
         and a.atttypid in ('text'::regtype, 'jsonb'::regtype, 'text[]'::regtype, 'bytea'::regtype, 'varchar'::regtype)`
    expect(columns.length).toBeGreaterThan(40)
    const found: string[] = []
    for (const { table, column } of columns) {
      for (const text of texts) {
        const rows = await db.admin.unsafe(`select from ${table} where strpos(lower(${column}::text), lower($1)) > 0 limit 1`, [text])
        if (rows.length > 0) found.push(`${table}.${column}: ${text}`)
      }
    }
    return found
  }

  test('a person names themselves (BAD_INPUT); an API key has no account (FORBIDDEN)', async () => {
    const actor = { issuer: 'https://id.example', subject: 'renamed', name: 'Before' }
    expect(await rename('  After ', actor)).toMatchObject({ name: 'After', fleets: [] })
    expect(await me(actor)).toMatchObject({ name: 'After' })
    for (const name of ['', ' \n', 'x'.repeat(201)]) expect((await refusal(rename(name, actor), 'BAD_INPUT')).field).toBe('name')
    const { actor: key } = await makeKey(db.sys, await makeFleet(db.sys), { procedures: ['me.update', 'me.export', 'me.erase'] })
    for (const ask of [() => rename('Key', key), () => export_(key), () => erase(key)]) await refusal(ask(), 'FORBIDDEN')
    for (const nobody of [as('0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091'), as(await makeUser(db.sys, { suspended: true }))])
      for (const ask of [() => rename('x', nobody), () => export_(nobody), () => erase(nobody)]) await refusal(ask(), 'UNAUTHENTICATED')
  })

  test('below the API a person can write nothing of themselves but the name, and nothing of others (42501)', async () => {
    const [own, other] = [await makeUser(db.sys), await makeUser(db.sys)]
    const bare = (statement: string, admin = 'off') =>
      sqlstate(
        db.admin.begin(async (tx) => {
          await tx`select set_config('fleetflow.uid', ${own}, true), set_config('fleetflow.admin', ${admin}, true)`
          await tx`set local role fleetflow_fn`
          const { count } = await tx.unsafe(statement)
          if (count === 0) throw Object.assign(new Error('nothing'), { code: 'no row' })
        }),
      )
    expect(await bare(`update users set name = 'Me' where id = '${own}'`)).toBe('00000')
    expect(await bare(`update users set name = 'You' where id = '${other}'`)).toBe('no row')
    // Administrators read everybody, and so only the policy on changes stops them.
    expect(await bare(`update users set name = 'You' where id = '${other}'`, 'on')).toBe('no row')
    for (const column of ['is_admin = true', 'email = null', 'suspended_at = null', 'erased_at = null'])
      expect(await bare(`update users set ${column} where id = '${own}'`)).toBe('42501')
  })

  test('an export holds all that is held about a person, and nothing of others', async () => {
    const fleet = await makeFleet(db.sys)
    const { actor, id, past } = await makeLife(fleet)
    const other = await makeUser(db.sys, { name: 'Someone Else' })
    await makeTrip(db.sys, fleet, { renterId: other, start: '2022-01-01T10:00Z', end: '2022-01-02T10:00Z', status: 'completed' })
    const held = await export_(actor)
    expect(held).toMatchObject({
      user: { id, email: canaries.email, name: canaries.name, isAdmin: false },
      identities: [{ issuer: 'https://id.example', subject: canaries.subject }],
      memberships: [{ fleetId: fleet.id, role: 'manager' }],
      reviews: [{ tripId: past, comment: canaries.comment, author: canaries.name }],
      quotes: [{ userId: id, tripId: null }],
      invitations: { sent: [{ fleetId: fleet.id, role: 'driver' }], accepted: [] },
    })
    expect((held.trips as { status: string }[]).map(({ status }) => status).toSorted()).toEqual(['cancelled', 'completed', 'held'])
    expect(held.trips).toContainEqual(
      expect.objectContaining({ status: 'cancelled', cancelReason: canaries.reason, near: { lat: 1, lng: 1, metres: 20_100_000 } }),
    )
    expect((held.idempotencyKeys as { operation: string }[]).map(({ operation }) => operation)).toEqual(['reviews.create', 'trips.hold'])
    expect((held.activity as { type: string }[]).map(({ type }) => type)).toContain('review.created')
    const text = JSON.stringify(held)
    for (const theirs of [other, 'Someone Else', 'somebody@example.com', fleet.ownerId, 'keyHash', 'inputHash'])
      expect(text).not.toContain(theirs)
  })

  test('every column that refers to a user is in the export or has a reason not to be', async () => {
    const exported = [
      'api_keys.created_by',
      'driver_assignments.driver_id',
      'event_log.actor_id',
      'fleet_members.user_id',
      'idempotency_keys.user_id',
      'invitations.accepted_by',
      'invitations.invited_by',
      'outbox.actor_id',
      'quotes.user_id',
      'reviews.author_id',
      'trips.booked_by_id',
      'trips.driver_id',
      'user_identities.user_id',
      'users.suspended_by_id',
    ]
    // The users of keys and of fleets are no people.
    const nobody = ['api_keys.user_id', 'fleets.system_user_id']
    const rows = await db.admin<{ column: string }[]>`
      select c.relname || '.' || a.attname as column
        from pg_attribute as a join pg_class as c on c.oid = a.attrelid
       where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
         and a.atttypid = 'uuid'::regtype and (a.attname ~ '(^|_)(user|actor|author|driver|owner|renter)_id$' or exists (
           select from pg_constraint as f
            where f.conrelid = c.oid and f.contype = 'f' and f.confrelid = 'public.users'::regclass and a.attnum = any (f.conkey)))
       order by 1`
    expect(rows.map(({ column }) => column).toSorted()).toEqual([...exported, ...nobody].toSorted())
    const [fn] = await db.admin<{ source: string }[]>`select prosrc as source from pg_proc where proname = 'person_json'`
    for (const column of exported) {
      const [table = '', name = ''] = column.split('.')
      expect(fn?.source).toMatch(new RegExp(`public\\.${table} as (\\w+)\\b[^;]*\\b\\1\\.${name} = u\\.id`))
    }
  })

  test('erasure keeps the trips and removes the person from every column of every table; the log loses words, not events', async () => {
    const fleet = await makeFleet(db.sys)
    const { actor, id, past } = await makeLife(fleet, '1')
    const before = await db.sys`select pos, type, operation from event_log order by pos`
    // Of everybody whose canaries are the same, so that nothing of them is left.
    await erase({ issuer: 'https://id.example', subject: canaries.subject })
    expect(await traces([canaries.comment])).not.toEqual([])
    expect(await erase(actor, 'erase', 'my last call')).toEqual({ erased: true })
    await relay()
    expect(await traces(Object.values(canaries))).toEqual([])
    const log = await db.sys`select pos, type, operation from event_log order by pos`
    expect(log.slice(0, before.length)).toEqual([...before])

    const [user] = await db.sys`select name, email, is_admin, erased_at is not null as erased from users where id = ${id}`
    expect(user).toEqual({ name: 'Erased user', email: null, is_admin: false, erased: true })
    const seen = await call(db.api, 'get_trip_rpc', { trip_id: past, actor: as(fleet.ownerId) })
    expect(seen).toMatchObject({ id: past, bookedById: id, status: 'completed' })
    const reviews = await call(db.api, 'list_reviews_rpc', { car_id: firstCar(fleet), actor: as(fleet.ownerId) })
    expect(reviews).toMatchObject({ items: [{ rating: 2, comment: null, author: 'Erased user' }] })
    const [left] = await db.sys`
      select (select count(*) from trips where booked_by_id = ${id} and status in ('held', 'requested', 'confirmed', 'active'))::int as open,
             (select count(*) from fleet_members where user_id = ${id})::int as memberships, (select count(*) from quotes where user_id = ${id})::int as quotes,
             (select count(*) from idempotency_keys where user_id = ${id})::int as keys, (select count(*) from invitations where invited_by = ${id})::int as invitations`
    expect(left).toEqual({ open: 0, memberships: 0, quotes: 0, keys: 0, invitations: 0 })
  })

  test('whoever was erased is nobody (UNAUTHENTICATED, NOT_FOUND), and their subject is somebody new without a past', async () => {
    const actor = { issuer: 'https://id.example', subject: 'comes back' }
    const { id } = await me(actor)
    expect(await erase(actor)).toEqual({ erased: true })
    expect(await erase(actor)).toEqual({ erased: true })
    await refusal(me(as(id)), 'UNAUTHENTICATED')
    const fleet = await makeFleet(db.sys)
    const booking = { car_id: firstCar(fleet), user_id: id, start_date: day(1), end_date: day(2), actor: as(fleet.ownerId) }
    expect((await refusal(call(db.api, 'create_trip_rpc', booking), 'NOT_FOUND')).field).toBe('userId')
    const again = await me(actor)
    expect(again.id).not.toBe(id)
    expect(await export_(actor)).toMatchObject({ trips: [], activity: [] })
  })

  test('nobody goes by accident (BAD_INPUT), with a trip to come or under way (INVALID_STATE), or as the last owner (LAST_OWNER)', async () => {
    const fleet = await makeFleet(db.sys)
    const renter = await makeUser(db.sys)
    expect((await refusal(erase(as(renter), 'yes'), 'BAD_INPUT')).field).toBe('confirm')
    const coming = await makeTrip(db.sys, fleet, { renterId: renter, start: day(1), end: day(2) })
    const refused = await refusal(erase(as(renter)), 'INVALID_STATE')
    expect(refused.details).toEqual({
      from: 'booked',
      operation: 'erase',
      allowed: ['export'],
      count: 1,
      trips: [{ id: coming, status: 'confirmed', startDate: day(1), endDate: day(2) }],
    })
    await call(db.api, 'cancel_trip_rpc', { trip_id: coming, actor: as(renter) })
    expect(await erase(as(renter))).toEqual({ erased: true })
    expect((await refusal(erase(as(fleet.ownerId)), 'LAST_OWNER')).details).toEqual({ fleetId: fleet.id })
    expect(await me(as(fleet.ownerId))).toMatchObject({ name: 'Owner', fleets: [{ role: 'owner' }] })
    expect(await erase(as(fleet.managerId))).toEqual({ erased: true })
  })

  test('a booking that races the erasure is either first (INVALID_STATE) or refused (UNAUTHENTICATED), never both', async () => {
    const fleet = await makeFleet(db.sys, { cars: 20 })
    for (const car_id of fleet.carIds) {
      const id = await makeUser(db.sys)
      const code = (work: Promise<unknown>) =>
        work.then(
          () => 'done',
          (error: { code: string }) => error.code,
        )
      const booking = { car_id, start_date: day(1), end_date: day(2), actor: as(id) }
      const codes = await Promise.all([code(call(db.api, 'create_trip_rpc', booking)), code(erase(as(id)))])
      expect([
        ['done', 'INVALID_STATE'],
        ['UNAUTHENTICATED', 'done'],
      ]).toContainEqual(codes)
    }
  })

  test('the event log is only ever added to: nothing but an erased person can be taken out of it, and by nobody more (42501)', async () => {
    const fleet = await makeFleet(db.sys)
    const { past, id } = await makeLife(fleet, '2')
    await relay()
    const redact = db.admin`update event_log set after = private.redacted(after), was = private.redacted(was)
                             where entity_id in (select r.id from reviews as r where r.trip_id = ${past})`
    expect(await sqlstate(redact)).toBe('42501')
    await db.sys.begin(async (sql) => {
      await sql`select set_config('fleetflow.uid', ${id}, true)`
      await sql`select private.lock_person(), private.erase_person()`
    })
    expect(
      await sqlstate(
        db.admin`update event_log set after = '{}' where entity_id in (select r.id from reviews as r where r.trip_id = ${past})`,
      ),
    ).toBe('42501')
    expect(await sqlstate(db.admin`update event_log set actor_id = null`)).toBe('42501')
    expect(await sqlstate(db.admin`delete from event_log`)).toBe('42501')
  })

  test('an erased person stays nobody, whoever writes the row (23514)', async () => {
    const id = await makeUser(db.sys)
    await erase(as(id))
    expect(await sqlstate(db.sys`update users set name = 'Back' where id = ${id}`)).toBe('23514')
    expect(await sqlstate(db.sys`update users set is_admin = true where id = ${id}`)).toBe('23514')
    expect(await sqlstate(db.sys`insert into user_identities (issuer, subject, user_id) values ('i', 's', ${id})`)).toBe('40001')
  })
})
