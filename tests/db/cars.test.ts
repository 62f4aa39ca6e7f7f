// Adding and changing cars and their classes: who may, what is kept, what is refused by the name of its field, and what no role can write.
import { call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { type BookedTrip, bookCar, day, readTrip } from '../support/booking.ts'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeTrip, makeUser, refusal, sqlstate } from '../support/fixtures.ts'

interface Car {
  id: string
  name: string
  carClass: string
  odometer: number | null
}

describe('cars and classes', async () => {
  const db = await openTestDatabase()
  const [fleet, rival] = [await makeFleet(db.sys, { timeZone: 'Asia/Kathmandu' }), await makeFleet(db.sys)]
  const hidden = await makeFleet(db.sys, { visibility: 'members' })
  const renter = await makeUser(db.sys)
  const admin = await makeUser(db.sys, { isAdmin: true })
  const nobody = '0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091'

  const create = (car: unknown, actor = fleet.ownerId, of = fleet.slug, idempotency_key?: string) =>
    call(db.api, 'create_car_rpc', { fleet: of, car, actor: as(actor), idempotency_key }) as Promise<Car>
  const update = (car_id: string, changes: unknown, actor = fleet.ownerId, idempotency_key?: string) =>
    call(db.api, 'update_car_rpc', { car_id, changes, actor: as(actor), idempotency_key }) as Promise<Car>
  const get = (car_id: string, actor = fleet.ownerId) => call(db.api, 'get_car_rpc', { car_id, actor: as(actor) }) as Promise<Car>
  const addClass = (slug: string, actor = fleet.ownerId, of = fleet.slug) =>
    call(db.api, 'create_car_class_rpc', { fleet: of, slug, name: ` ${slug} `, actor: as(actor) })
  const classes = (of: string, actor: string, page_limit = 20, page_cursor: string | null = null) =>
    call(db.api, 'list_car_classes_rpc', { fleet: of, actor: as(actor), page_limit, page_cursor }) as Promise<{
      items: { slug: string }[]
      nextCursor: string | null
    }>

  const everything = {
    carClass: 'van',
    name: 'Van 12',
    seats: 3,
    lat: 38_722_300,
    lng: -9_139_300,
    timeZone: 'Europe/Lisbon',
    prepMinutes: 10,
    turnaroundMinutes: 20,
    backToBack: true,
    instantBooking: false,
    odometer: 1200,
    externalId: 'AA-00-AA',
  }

  test('owners and managers add cars; what is not said is as cars usually are, and cars.get answers the same', async () => {
    const plain = await create({ carClass: 'van', name: '  Plain ' })
    expect(plain).toMatchObject({
      fleetId: fleet.id,
      carClass: 'van',
      name: 'Plain',
      timeZone: 'Asia/Kathmandu',
      seats: null,
      lat: null,
      lng: null,
      prepMinutes: 0,
      turnaroundMinutes: 0,
      backToBack: false,
      instantBooking: true,
      odometer: null,
      externalId: null,
      retiredAt: null,
      totalReviews: 0,
    })
    const full = await create(everything, fleet.managerId)
    expect(full).toMatchObject({ ...everything, lat: 38.7223, lng: -9.1393 })
    for (const car of [plain, full]) expect(await get(car.id)).toEqual(car)
  })

  test('a new car is at once found, priced by its class and bookable; its odometer and number are for its fleet only', async () => {
    const { id } = await create({ ...everything, instantBooking: true, backToBack: false })
    expect(await get(id, renter)).toMatchObject({ odometer: null, externalId: null, rates: { dayRate: 5000 } })
    for (const member of [fleet.driverId, admin]) expect(await get(id, member)).toMatchObject({ odometer: 1200, externalId: 'AA-00-AA' })
    const trip = await call(db.api, 'create_trip_rpc', { car_id: id, start_date: day(1), end_date: day(2), actor: as(renter) })
    expect(trip).toMatchObject({ blockedFrom: day(1, '09:50'), blockedUntil: day(2, '10:20') })
  })

  test('only owners and managers add and change (FORBIDDEN, NOT_FOUND, UNAUTHENTICATED)', async () => {
    const car = firstCar(fleet)
    for (const actor of [fleet.driverId, admin]) {
      await refusal(create(everything, actor), 'FORBIDDEN')
      await refusal(update(car, { seats: 9 }, actor), 'FORBIDDEN')
      await refusal(addClass('none', actor), 'FORBIDDEN')
    }
    for (const actor of [renter, rival.ownerId]) {
      expect((await refusal(create(everything, actor), 'NOT_FOUND')).field).toBe('fleet')
      expect((await refusal(update(car, { seats: 9 }, actor), 'NOT_FOUND')).field).toBe('id')
      expect((await refusal(addClass('none', actor), 'NOT_FOUND')).field).toBe('fleet')
    }
    for (const actor of [nobody, await makeUser(db.sys, { suspended: true })]) {
      await refusal(create(everything, actor), 'UNAUTHENTICATED')
      await refusal(update(car, {}, actor), 'UNAUTHENTICATED')
      await refusal(addClass('none', actor), 'UNAUTHENTICATED')
      await refusal(classes(fleet.slug, actor), 'UNAUTHENTICATED')
    }
    await refusal(update(nobody, { seats: 9 }), 'NOT_FOUND')
    await refusal(update(firstCar(hidden), { seats: 9 }), 'NOT_FOUND')
    expect(await get(car)).toMatchObject({ seats: null })
  })

  test('what is absent stays, null clears what may be missing, and the class is one of the same fleet (NOT_FOUND)', async () => {
    const { id } = await create(everything)
    expect(await update(id, {})).toEqual(await get(id))
    await addClass('compact')
    expect(await update(id, { name: 'Renamed', carClass: 'compact' }, fleet.managerId)).toMatchObject({
      ...everything,
      lat: 38.7223,
      lng: -9.1393,
      name: 'Renamed',
      carClass: 'compact',
    })
    expect(await update(id, { seats: null, lat: null, lng: null, odometer: null, externalId: null })).toMatchObject({
      seats: null,
      lat: null,
      lng: null,
      odometer: null,
      externalId: null,
      prepMinutes: 10,
    })
    await addClass('theirs', rival.ownerId, rival.slug)
    for (const carClass of ['theirs', rival.classId, 'no-such-class'])
      expect((await refusal(update(id, { carClass }), 'NOT_FOUND')).field).toBe('carClass')
    expect((await refusal(create({ ...everything, carClass: rival.classId }), 'NOT_FOUND')).field).toBe('carClass')
  })

  test('an odometer never goes below its last reading (ODOMETER_LOW); after it was cleared any reading will do', async () => {
    const { id } = await create(everything)
    const low = await refusal(update(id, { odometer: 1199, name: 'Never' }), 'ODOMETER_LOW')
    expect([low.field, low.details]).toEqual(['odometer', { odometer: 1200 }])
    expect(await get(id)).toMatchObject({ name: everything.name, odometer: 1200 })
    expect(await update(id, { odometer: 1200 })).toMatchObject({ odometer: 1200 })
    await update(id, { odometer: null })
    expect(await update(id, { odometer: 7 })).toMatchObject({ odometer: 7 })
  })

  test.each<[string, unknown]>([
    ['colour', { colour: 'red' }],
    ['fleetId', { fleetId: '0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091' }],
    ['avgRating', { avgRating: 5 }],
    ['name', { name: ' \n' }],
    ['name', { name: null }],
    ['name', { name: 'x'.repeat(201) }],
    ['carClass', { carClass: null }],
    ['seats', { seats: 0 }],
    ['seats', { seats: 1.5 }],
    ['seats', { seats: '3' }],
    ['lat', { lat: 90_000_001, lng: 0 }],
    ['lng', { lat: 0, lng: -180_000_001 }],
    ['lat', { lat: 1.5, lng: 0 }],
    ['lng', { lat: 5 }],
    ['lat', { lng: 5 }],
    ['lat', { lat: null, lng: 5 }],
    ['timeZone', { timeZone: null }],
    ['timeZone', { timeZone: 'Mars/Olympus' }],
    ['timeZone', { timeZone: 'FOO5' }],
    ['timeZone', { timeZone: '+02' }],
    ['prepMinutes', { prepMinutes: -1 }],
    ['turnaroundMinutes', { turnaroundMinutes: 10_081 }],
    ['backToBack', { backToBack: 'yes' }],
    ['instantBooking', { instantBooking: null }],
    ['odometer', { odometer: 10_000_001 }],
    ['externalId', { externalId: '' }],
  ])('refuses what no car could have and names the field (BAD_INPUT): %s', async (field, changes) => {
    const car = firstCar(fleet)
    const before = await get(car)
    expect((await refusal(update(car, changes), 'BAD_INPUT')).field).toBe(field)
    expect(await get(car)).toEqual(before)
    const without = Object.fromEntries(Object.entries(changes as object).filter(([, value]) => value !== null))
    if (Object.keys(without).length === Object.keys(changes as object).length)
      expect((await refusal(create({ carClass: 'van', name: 'New', ...(changes as object) }), 'BAD_INPUT')).field).toBe(field)
  })

  test('a car has a name and a class from the first day (BAD_INPUT)', async () => {
    expect((await refusal(create({ carClass: 'van' }), 'BAD_INPUT')).field).toBe('name')
    expect((await refusal(create({ name: 'No class' }), 'BAD_INPUT')).field).toBe('carClass')
    for (const none of [null, []]) expect((await refusal(create(none), 'BAD_INPUT')).field).toBe('car')
  })

  test('the same key adds one car; to clear a member is another input than not to name it (IDEMPOTENCY_KEY_REUSED)', async () => {
    const first = await create(everything, fleet.ownerId, fleet.slug, 'new car')
    expect(await create(everything, fleet.ownerId, fleet.id, 'other key')).not.toEqual(first)
    expect(await create(everything, fleet.ownerId, fleet.slug, 'new car')).toEqual(first)
    expect(await update(first.id, { name: 'A' }, fleet.ownerId, 'change')).toMatchObject({ odometer: 1200 })
    await refusal(update(first.id, { name: 'A', odometer: null }, fleet.ownerId, 'change'), 'IDEMPOTENCY_KEY_REUSED')
    expect(await get(first.id)).toMatchObject({ odometer: 1200 })
  })

  test('a slug belongs to one class of a fleet, also for two who ask at once (BAD_INPUT, TAKEN); other fleets may have it', async () => {
    const both = await Promise.allSettled([addClass('suv'), addClass('suv', fleet.managerId)])
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'BAD_INPUT', field: 'slug', details: { reason: 'TAKEN' } },
    })
    expect(await addClass('suv', rival.ownerId, rival.slug)).toMatchObject({ fleetId: rival.id, slug: 'suv', name: 'suv' })
    for (const slug of ['', 'Van', '-van', 'x'.repeat(64)]) expect((await refusal(addClass(slug), 'BAD_INPUT')).field).toBe('slug')
  })

  test('classes are listed page by page to whoever sees the fleet, and to nobody else (NOT_FOUND)', async () => {
    const own = await makeFleet(db.sys, { visibility: 'members' })
    for (const slug of ['b', 'c', 'd']) await addClass(slug, own.ownerId, own.slug)
    const first = await classes(own.slug, own.driverId, 3)
    expect(first.items.map(({ slug }) => slug)).toEqual(['d', 'c', 'b'])
    const second = await classes(own.id, admin, 3, first.nextCursor)
    expect([second.items.map(({ slug }) => slug), second.nextCursor]).toEqual([['van'], null])
    expect((await refusal(classes(own.slug, renter), 'NOT_FOUND')).field).toBe('fleet')
    expect((await classes(fleet.slug, renter)).items.length).toBeGreaterThan(0)
    await refusal(classes(own.slug, own.ownerId, 0), 'BAD_INPUT')
  })

  test('what is booked keeps its buffers, its price and its car; new bookings get what the car says now', async () => {
    const own = await makeFleet(db.sys, { prepMinutes: 30, turnaroundMinutes: 30 })
    const car = firstCar(own)
    const wish = { fleet: own.slug, car_class: 'van', start_date: day(1), end_date: day(3), actor: as(renter) }
    const before = (await call(db.api, 'create_trip_in_class_rpc', wish)) as BookedTrip & { pinned: boolean }
    expect(before.pinned).toBe(false)
    await addClass('lorry', own.ownerId, own.slug)
    await update(
      car,
      {
        prepMinutes: 0,
        turnaroundMinutes: 0,
        backToBack: true,
        timeZone: 'America/New_York',
        lat: 40_000_000,
        lng: -74_000_000,
        carClass: 'lorry',
      },
      own.ownerId,
    )
    expect(await readTrip(db, own, before.id)).toMatchObject({
      blockedFrom: day(1, '09:30'),
      blockedUntil: day(3, '10:30'),
      totalCost: before.totalCost,
      pinned: true,
    })
    // The class has no plan; the trip has its own.
    const longer = await call(db.api, 'modify_trip_rpc', { trip_id: before.id, end_date: day(4), actor: as(renter) })
    expect(longer).toMatchObject({ totalCost: 15_000, blockedUntil: day(4, '10:30') })
    await update(car, { carClass: 'van' }, own.ownerId)
    const after = await bookCar(db, own, 0, 10, 11, as(renter))
    expect([after.blockedFrom, after.blockedUntil]).toEqual([day(10), day(11)])
    await call(db.api, 'cancel_trip_rpc', { trip_id: before.id, actor: as(renter) })
  })

  test('changes are events of the car: car.created, car.updated, car.retired, each with what changed', async () => {
    const { id } = await create(everything)
    await update(id, { odometer: 1300, name: 'Seen' })
    await call(db.api, 'retire_car_rpc', { car_id: id, reason: 'Sold', actor: as(fleet.ownerId) })
    await db.api.sql`select relay_events(1000)`
    const events = await db.sys`select type, operation, actor_id, actor_role, was from event_log where entity_id = ${id} order by pos`
    const by = { actor_id: fleet.ownerId, actor_role: 'fleet' }
    expect([...events]).toEqual([
      { type: 'car.created', operation: 'cars.create', ...by, was: null },
      { type: 'car.updated', operation: 'cars.update', ...by, was: { odometer: 1200, name: 'Van 12' } },
      { type: 'car.retired', operation: 'cars.retire', ...by, was: { retiredAt: null, retireReason: null } },
    ])
  })

  describe('below the API, as the role that the functions run as', () => {
    /** One statement as a function that forgot every check would run it for this person. */
    const bare = (actor: string, statement: string, operation = 'cars.update') =>
      sqlstate(
        db.admin.begin(async (tx) => {
          await tx`select set_config('fleetflow.uid', ${actor}, true), set_config('fleetflow.operation', ${operation}, true)`
          await tx`set local role fleetflow_fn`
          const { count } = await tx.unsafe(statement)
          if (count === 0) throw Object.assign(new Error('nothing'), { code: 'no row' })
        }),
      )
    const car = firstCar(fleet)

    test('a manager changes a car of the fleet (control)', async () => {
      expect(await bare(fleet.managerId, `update cars set name = 'Bare' where id = '${car}'`)).toBe('00000')
    })

    test.each(['fleet_id', 'rating_sum', 'total_reviews', 'rating_histogram', 'rate_plan_id', 'created_at', 'id'])(
      'a manager cannot write cars.%s (42501)',
      async (column) => {
        expect(await bare(fleet.managerId, `update cars set ${column} = ${column} where id = '${car}'`)).toBe('42501')
      },
    )

    test("others' cars are not there to be changed, and none can be added to another's fleet (42501)", async () => {
      for (const actor of [rival.ownerId, renter, fleet.driverId, admin])
        expect(await bare(actor, `update cars set name = 'Mine' where id = '${car}'`)).toBe('no row')
      const add = (of: typeof fleet) =>
        `insert into cars (id, fleet_id, car_class_id, name, time_zone) values (private.uuid_v7(), '${of.id}', '${of.classId}', 'x', 'UTC')`
      expect(await bare(fleet.managerId, add(fleet))).toBe('00000')
      for (const actor of [rival.ownerId, renter, fleet.driverId, admin]) expect(await bare(actor, add(fleet))).toBe('42501')
      const addClassTo = `insert into car_classes (id, fleet_id, slug, name) values (private.uuid_v7(), '${fleet.id}', 'bare', 'x')`
      for (const actor of [rival.ownerId, renter, fleet.driverId, admin]) expect(await bare(actor, addClassTo)).toBe('42501')
    })

    test('a car has a class of its own fleet, whoever writes it (23503)', async () => {
      expect(await bare(fleet.managerId, `update cars set car_class_id = '${rival.classId}' where id = '${car}'`)).toBe('23503')
    })
  })

  test("a former fleet's trips on a car count as trips of the car and are not named to its new fleet (INVALID_STATE)", async () => {
    const { id } = await create(everything)
    await makeTrip(db.sys, fleet, { carId: id, renterId: renter, start: day(1), end: day(2) })
    await db.sys`update cars set fleet_id = ${rival.id}, car_class_id = ${rival.classId} where id = ${id}`
    const refused = await refusal(call(db.api, 'retire_car_rpc', { car_id: id, actor: as(rival.ownerId) }), 'INVALID_STATE')
    expect(refused.details).toMatchObject({ count: 1, trips: [] })
  })
})
