// Who sees what, who may do what, and how a token's subject becomes a user.
import { type Actor, call, connect } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeTrip, makeUser, refusal } from '../support/fixtures.ts'

const issuer = 'https://issuer.example'
const subject = (name: string, email?: string): Actor => ({ issuer, subject: name, ...(email === undefined ? {} : { email }) })
const nowhere = '01900000-0000-7000-8000-000000000000'
const period = (month: number) => ({ start_date: `2031-0${month}-01T10:00Z`, end_date: `2031-0${month}-02T10:00Z` })
const idsOf = (answer: unknown) => (answer as { items: { id: string }[] }).items.map((item) => item.id)
const none = { items: [], nextCursor: null }

describe('a trip', async () => {
  const db = await openTestDatabase()
  const [fleet, rival] = [await makeFleet(db.sys, { cars: 2 }), await makeFleet(db.sys)]
  const [renter, stranger] = [await makeUser(db.sys), await makeUser(db.sys)]
  const admin = await makeUser(db.sys, { isAdmin: true })
  const trip = await makeTrip(db.sys, fleet, { renterId: renter, start: '2031-01-01T10:00Z', end: '2031-01-02T10:00Z' })
  const get = (actor: Actor, trip_id = trip) => call(db.api, 'get_trip_rpc', { trip_id, actor })
  const list = (actor: Actor, fleet?: string) => call(db.api, 'list_trips_rpc', { actor, fleet: fleet ?? null })

  test('is seen by its renter, by the members of its fleet and by administrators', async () => {
    for (const actor of [renter, fleet.ownerId, fleet.managerId, fleet.driverId, admin])
      expect(await get(as(actor))).toMatchObject({ id: trip })
  })

  test('is not there for anybody else: a stranger, another fleet, an unknown subject (NOT_FOUND), in the words for no trip at all', async () => {
    const { field, details } = await refusal(get(as(renter), nowhere), 'NOT_FOUND')
    for (const actor of [as(stranger), as(rival.ownerId), subject('nobody')]) {
      const hidden = await refusal(get(actor), 'NOT_FOUND')
      expect([hidden.field, hidden.details]).toEqual([field, details])
    }
  })

  test('is listed to its renter as their own, to members and administrators with the fleet, to nobody else', async () => {
    expect(idsOf(await list(as(renter)))).toEqual([trip])
    for (const actor of [fleet.ownerId, fleet.managerId, fleet.driverId, admin]) {
      expect(idsOf(await list(as(actor), fleet.slug))).toEqual([trip])
      expect(idsOf(await list(as(actor), fleet.id))).toEqual([trip])
      expect(await list(as(actor))).toEqual(none)
    }
    expect(await list(as(stranger))).toEqual(none)
    for (const actor of [renter, stranger, rival.ownerId])
      expect((await refusal(list(as(actor), fleet.slug), 'NOT_FOUND')).field).toBe('fleet')
    for (const absent of ['no-such-fleet', nowhere, '']) await refusal(list(as(fleet.ownerId), absent), 'NOT_FOUND')
  })

  test('stays with the fleet of its booking when its car moves to another one', async () => {
    const [car] = fleet.carIds.slice(1)
    const moved = await makeTrip(db.sys, fleet, {
      carId: car ?? '',
      renterId: renter,
      start: '2031-03-01T10:00Z',
      end: '2031-03-02T10:00Z',
    })
    await db.sys`update cars set fleet_id = ${rival.id}, car_class_id = ${rival.classId} where id = ${car ?? ''}`
    expect(await get(as(fleet.driverId), moved)).toMatchObject({ fleetId: fleet.id })
    await refusal(get(as(rival.ownerId), moved), 'NOT_FOUND')
  })
})

describe('booking', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys, { cars: 2 })
  const [renter, other] = [await makeUser(db.sys), await makeUser(db.sys)]
  const admin = await makeUser(db.sys, { isAdmin: true })
  const suspended = await makeUser(db.sys, { suspended: true })
  const car_id = firstCar(fleet)
  const book = (actor: string, month: number, change: { user_id?: string; purpose?: string; car_id?: string } = {}) =>
    call(db.api, 'create_trip_rpc', { car_id, ...period(month), ...change, actor: as(actor) })

  test('for somebody else is for owners and managers; renter, driver and administrator may not (FORBIDDEN)', async () => {
    expect(await book(fleet.ownerId, 1, { user_id: renter })).toMatchObject({ bookedById: renter })
    expect(await book(fleet.managerId, 2, { user_id: renter })).toMatchObject({ bookedById: renter, totalCost: 5000 })
    for (const actor of [other, fleet.driverId, admin]) await refusal(book(actor, 3, { user_id: renter }), 'FORBIDDEN')
  })

  test('for a user who is not there or is suspended is refused in the same words (NOT_FOUND)', async () => {
    for (const user_id of [nowhere, suspended])
      expect((await refusal(book(fleet.ownerId, 3, { user_id }), 'NOT_FOUND')).field).toBe('userId')
  })

  test('for maintenance, repair or the owner is for owners and managers and costs nothing; renter, driver and administrator may not (FORBIDDEN)', async () => {
    for (const [i, purpose] of ['maintenance', 'repair', 'owner_use'].entries()) {
      expect(await book(fleet.managerId, 4 + i, { purpose })).toMatchObject({ purpose, totalCost: 0, bookedById: fleet.managerId })
      for (const actor of [other, fleet.driverId, admin]) await refusal(book(actor, 7, { purpose }), 'FORBIDDEN')
    }
    expect((await refusal(book(fleet.managerId, 7, { purpose: 'joyride' }), 'BAD_INPUT')).field).toBe('purpose')
  })

  test('for oneself is for everybody signed in, members and administrators as well; not for the suspended (UNAUTHENTICATED)', async () => {
    for (const [i, actor] of [other, fleet.driverId, admin].entries()) expect(await book(actor, 7 + i)).toMatchObject({ bookedById: actor })
    await refusal(book(suspended, 3), 'UNAUTHENTICATED')
  })

  test('a car that is not there, retired or hidden is refused in the same words (NOT_FOUND)', async () => {
    const hidden = await makeFleet(db.sys, { visibility: 'members' })
    const retired = fleet.carIds[1] ?? ''
    await db.sys`update cars set retired_at = now() where id = ${retired}`
    const words = await refusal(book(renter, 3, { car_id: nowhere }), 'NOT_FOUND')
    for (const id of [retired, firstCar(hidden)]) {
      const refused = await refusal(book(renter, 3, { car_id: id }), 'NOT_FOUND')
      expect([refused.field, refused.details]).toEqual([words.field, words.details])
    }
    await refusal(book(fleet.ownerId, 3, { car_id: retired }), 'NOT_FOUND')
    expect(await book(hidden.driverId, 3, { car_id: firstCar(hidden) })).toMatchObject({ status: 'confirmed' })
  })
})

describe('a fleet for members only', async () => {
  const db = await openTestDatabase()
  const [hidden, open] = [await makeFleet(db.sys, { visibility: 'members' }), await makeFleet(db.sys)]
  const [renter, admin] = [await makeUser(db.sys), await makeUser(db.sys, { isAdmin: true })]
  const cars = (actor: Actor, fleet?: string) => call(db.api, 'list_cars_rpc', { actor, fleet: fleet ?? null })
  const car = (actor: Actor, car_id: string) => call(db.api, 'get_car_rpc', { actor, car_id })

  test('shows its cars to members and administrators, and is not there for others (NOT_FOUND)', async () => {
    for (const actor of [hidden.ownerId, hidden.managerId, hidden.driverId, admin]) {
      expect(idsOf(await cars(as(actor)))).toContain(firstCar(hidden))
      expect(idsOf(await cars(as(actor), hidden.slug))).toEqual([firstCar(hidden)])
      expect(await car(as(actor), firstCar(hidden))).toMatchObject({ fleet: hidden.slug, rates: { dayRate: 5000 } })
    }
    for (const actor of [as(renter), as(open.ownerId), subject('nobody')]) {
      expect(idsOf(await cars(actor))).not.toContain(firstCar(hidden))
      await refusal(cars(actor, hidden.slug), 'NOT_FOUND')
      await refusal(car(actor, firstCar(hidden)), 'NOT_FOUND')
    }
  })

  test('a public one shows its cars to everybody signed in, retired ones to members alone', async () => {
    expect(idsOf(await cars(as(renter)))).toEqual([firstCar(open)])
    await db.sys`update cars set retired_at = now() where id = ${firstCar(open)}`
    await refusal(car(as(renter), firstCar(open)), 'NOT_FOUND')
    expect(await car(as(open.driverId), firstCar(open))).toMatchObject({ id: firstCar(open) })
  })
})

describe('an actor', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys)
  const me = async (actor: Actor, api = db.api) =>
    (await call(api, 'get_me_rpc', { actor })) as { id: string; email: string | null; name: string }
  const users = async () => Number((await db.sys`select count(*) as n from users`)[0]?.n)

  test('of an unknown subject sees nothing and is not created by reading', async () => {
    const before = await users()
    const actor = subject('reader', 'reader@example.com')
    expect(await call(db.api, 'list_trips_rpc', { actor })).toEqual(none)
    expect(await call(db.api, 'list_cars_rpc', { actor })).toEqual(none)
    await refusal(call(db.api, 'get_car_rpc', { actor, car_id: firstCar(fleet) }), 'NOT_FOUND')
    await refusal(call(db.api, 'list_reviews_rpc', { actor, car_id: firstCar(fleet) }), 'NOT_FOUND')
    expect(await users()).toBe(before)
  })

  test('is created at first sight by me.get and by a booking, and is the same user from then on', async () => {
    const first = await me(subject('booker', 'booker@example.com'))
    const trip = await call(db.api, 'create_trip_rpc', { car_id: firstCar(fleet), ...period(1), actor: subject('booker') })
    expect(trip).toMatchObject({ bookedById: first.id })
    const made = await call(db.api, 'create_trip_rpc', { car_id: firstCar(fleet), ...period(2), actor: subject('another') })
    expect(made).toMatchObject({ bookedById: (await me(subject('another'))).id })
    expect(idsOf(await call(db.api, 'list_trips_rpc', { actor: subject('booker') }))).toHaveLength(1)
  })

  test('seen for the first time by 8 connections at once is one user', async () => {
    const before = await users()
    const api = connect({ url: db.apiUrl, max: 8, lockTimeoutMs: 60_000 })
    const seen = await Promise.all(Array.from({ length: 8 }, () => me(subject('crowd', 'crowd@example.com'), api)))
    await api.close()
    expect(new Set(seen.map((user) => user.id)).size).toBe(1)
    expect(await users()).toBe(before + 1)
  })

  test('is never linked by an equal email: two subjects, two issuers and a user with that email stay apart', async () => {
    const email = 'same@example.com'
    const ids = [
      await me(subject('a', email)),
      await me(subject('b', email)),
      await me({ issuer: `${issuer}/2`, subject: 'a', email }),
    ].map((user) => user.id)
    expect(new Set(ids).size).toBe(3)
    const [row] = await db.sys`select count(*)::integer as n from users where email = ${email}`
    expect(row?.n).toBe(3)
  })

  test('keeps what fits of its name and email', async () => {
    expect(await me({ issuer, subject: 'plain' })).toMatchObject({ email: null, name: 'New user' })
    const long = await me({ issuer, subject: 'long', email: `${'x'.repeat(321)}`, name: `  ${'n'.repeat(300)}` })
    expect(long).toMatchObject({ email: null, name: 'n'.repeat(200) })
  })

  test.each([
    ['nobody', {}],
    ['an empty issuer', { issuer: '', subject: 'x' }],
    ['an empty subject', { issuer, subject: '' }],
    ['an unknown user', { userId: nowhere }],
    ['no user id', { userId: null }],
  ])('that is %s is refused everywhere (UNAUTHENTICATED)', async (_, actor) => {
    await refusal(me(actor as Actor), 'UNAUTHENTICATED')
    await refusal(call(db.api, 'list_cars_rpc', { actor: actor as Actor }), 'UNAUTHENTICATED')
  })

  test('that is suspended is refused everywhere, by id and by token (UNAUTHENTICATED), and is welcome again afterwards', async () => {
    const actor = subject('sinner')
    const { id } = await me(actor)
    await db.sys`update users set suspended_at = now() where id = ${id}`
    for (const who of [actor, as(id)]) {
      await refusal(me(who), 'UNAUTHENTICATED')
      await refusal(call(db.api, 'list_trips_rpc', { actor: who }), 'UNAUTHENTICATED')
      await refusal(call(db.api, 'create_trip_rpc', { car_id: firstCar(fleet), ...period(3), actor: who }), 'UNAUTHENTICATED')
    }
    await db.sys`update users set suspended_at = null where id = ${id}`
    expect(await me(actor)).toMatchObject({ id })
  })

  test('leaves nothing behind on its connection: the next one on it is itself', async () => {
    const api = connect({ url: db.apiUrl, max: 1 })
    const admin = await makeUser(db.sys, { isAdmin: true })
    const { id } = await me(subject('first'), api)
    await me(as(admin), api)
    expect(await call(api, 'list_trips_rpc', { actor: subject('unknown') })).toEqual(none)
    expect(await me(subject('first'), api)).toMatchObject({ id, isAdmin: false })
    expect(
      await api.sql`select nullif(current_setting('fleetflow.uid', true), '') as uid, nullif(current_setting('fleetflow.admin', true), '') as admin`,
    ).toEqual([{ uid: null, admin: null }])
    await api.close()
  })
})
