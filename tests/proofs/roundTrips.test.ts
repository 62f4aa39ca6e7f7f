// Every procedure is one round trip to the database, counted on the wire; the usual way of booking is five.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { adminOptions } from '@fleetflow/db/admin'
import { appRouter, createScriptCaller } from '@fleetflow/server'
import postgres from 'postgres'
import { afterAll, describe, expect, test } from 'vitest'
import { makeKey } from '../support/apiKeys.ts'
import { openTestApp } from '../support/app.ts'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeTrip, makeUser } from '../support/fixtures.ts'
import { openWireCounter } from '../support/wireCounter.ts'

const db = await openTestDatabase()
const fleet = await makeFleet(db.sys, { cars: 9 })
const renter = await makeUser(db.sys)
const carId = firstCar(fleet)
const done = await Promise.all(
  [1, 2, 3, 4].map((month) =>
    makeTrip(db.sys, fleet, { renterId: renter, start: `2020-0${month}-01T10:00Z`, end: `2020-0${month}-02T10:00Z`, status: 'completed' }),
  ),
)
const wire = await openWireCounter(db.apiUrl)
const { api, close } = createScriptCaller({ databaseUrl: wire.url, actor: as(renter), poolSize: 1 })
const owner = createScriptCaller({ databaseUrl: wire.url, actor: as(fleet.ownerId), poolSize: 1 })
const stranger = createScriptCaller({ databaseUrl: wire.url, actor: as(await makeUser(db.sys)), poolSize: 1 })
const admin = createScriptCaller({ databaseUrl: wire.url, actor: as(await makeUser(db.sys, { isAdmin: true })), poolSize: 1 })
// Whoever is gone is told so again.
const leaving = createScriptCaller({ databaseUrl: wire.url, actor: { issuer: 'https://id.example', subject: 'leaving' }, poolSize: 1 })
afterAll(() => Promise.all([close(), owner.close(), stranger.close(), admin.close(), leaving.close()]))

const tariff = { dayRate: 5000, hourRate: 800, minimumCharge: 1000, seasons: [] }

let month = 0
const period = () => {
  month += 1
  const start = Date.UTC(2031, month, 1, 10)
  return { startDate: new Date(start).toISOString(), endDate: new Date(start + 86_400_000).toISOString() }
}
const booked = await Promise.all(Array.from({ length: 8 }, () => api.trips.create({ carId, ...period() })))
const elsewhere = await api.trips.create({ carId: fleet.carIds[1] ?? '', ...period() })
// Who swaps and blocks works for the fleet.
await db.sys`insert into fleet_members (fleet_id, user_id, role) values (${fleet.id}, ${renter}, 'manager')`
let nextBooked = 1
const trip = () => booked[nextBooked++]?.id ?? ''

/** Trips at every point of their lives, on cars of their own: there is one active trip a car. */
const minutes = (n: number) => new Date(Date.now() + n * 60_000).toISOString()
const living = (from: number, status?: 'active') =>
  Promise.all(
    fleet.carIds
      .splice(2, 2)
      .map((id) =>
        makeTrip(db.sys, fleet, { carId: id, renterId: renter, start: minutes(from), end: minutes(600), ...(status ? { status } : {}) }),
      ),
  )
const [starting, ending, missed] = [await living(10), await living(-60, 'active'), await living(-60)]
const [asking = ''] = fleet.carIds.splice(2, 1)
await db.sys`update cars set instant_booking = false where id = ${asking}`
await owner.api.carClasses.create({ fleet: fleet.slug, slug: 'idle', name: 'Cars that nobody books' })
const addIdle = () => owner.api.cars.create({ fleet: fleet.slug, carClass: 'idle', name: 'Idle' })
const idle = [await addIdle(), await addIdle()]
const asked = await Promise.all(Array.from({ length: 4 }, () => stranger.api.trips.create({ carId: asking, ...period() })))

const apiKey = await makeKey(db.sys, fleet, { procedures: ['cars.list'] })
/** Members to take out, fleets to leave and to hand over, one for each call. */
const extraMembers = [await makeUser(db.sys), await makeUser(db.sys)]
await db.sys`insert into fleet_members (fleet_id, user_id, role) select ${fleet.id}, unnest(${extraMembers}::uuid[]), 'driver'`
const others = await Promise.all([1, 2, 3, 4].map(() => makeFleet(db.sys, { cars: 0 })))
const [leavable, given] = [others.splice(0, 2).map(({ slug }) => slug), others]
await db.sys`insert into fleet_members (fleet_id, user_id, role) select id, ${renter}, 'owner' from fleets where slug = any (${[...leavable, ...given.map(({ slug }) => slug)]})`
const handOver = () => {
  const { slug, driverId } = given.pop() ?? fleet
  return api.fleets.transfer({ fleet: slug, userId: driverId })
}

const invite = () => owner.api.invitations.create({ fleet: fleet.slug, role: 'driver' })
const invitations = [await invite(), await invite(), await invite()]

/** Calls each procedure successfully as often as it is called. */
const procedures: Record<string, () => Promise<unknown>> = {
  'trips.create': () => api.trips.create({ carId, ...period() }),
  'trips.createInClass': () => api.trips.createInClass({ fleet: fleet.slug, carClass: 'van', ...period() }),
  'trips.createSeries': () => {
    const day = period().startDate.slice(0, 10)
    return api.trips.createSeries({ carId, rrule: 'FREQ=DAILY;COUNT=2', localStart: `${day}T10:00`, localEnd: `${day}T12:00` })
  },
  'trips.quote': () => api.trips.quote({ carId, ...period() }),
  'trips.hold': () => api.trips.hold({ carId, ...period() }),
  'trips.approve': () => owner.api.trips.approve({ id: asked.pop()?.id ?? '' }),
  'trips.decline': () => owner.api.trips.decline({ id: asked.pop()?.id ?? '' }),
  'trips.start': () => api.trips.start({ id: starting.pop() ?? '' }),
  'trips.complete': () => api.trips.complete({ id: ending.pop() ?? '' }),
  'trips.noShow': () => owner.api.trips.noShow({ id: missed.pop() ?? '' }),
  'trips.cancelPreview': () => api.trips.cancelPreview({ id: booked[7]?.id ?? '' }),
  'trips.list': () => api.trips.list({ limit: 5 }),
  'trips.get': () => api.trips.get({ id: booked[0]?.id ?? '' }),
  'trips.history': () => api.trips.history({ id: booked[0]?.id ?? '' }),
  'trips.modify': () => api.trips.modify({ id: trip(), ...period() }),
  'trips.swap': () => api.trips.swap({ id: booked[0]?.id ?? '', otherId: elsewhere.id }),
  'trips.block': () => api.trips.block({ carId, ...period() }),
  'trips.cancel': () => api.trips.cancel({ id: trip() }),
  'ratePlans.create': () => owner.api.ratePlans.create({ fleet: fleet.slug, name: 'Other', tariff }),
  'ratePlans.list': () => owner.api.ratePlans.list({ fleet: fleet.slug }),
  'ratePlans.get': () => owner.api.ratePlans.get({ id: fleet.planId }),
  'ratePlans.assign': () => owner.api.ratePlans.assign({ fleet: fleet.slug, ratePlanId: fleet.planId, carId }),
  'ratePlans.preview': () => owner.api.ratePlans.preview({ fleet: fleet.slug, tariff, ...period() }),
  'reviews.create': () => api.reviews.create({ tripId: done.pop() ?? '', rating: 5 }),
  'reviews.list': () => api.reviews.list({ carId }),
  'cars.create': () => addIdle(),
  'cars.update': () => owner.api.cars.update({ id: carId, seats: 4 }),
  'cars.retire': () => owner.api.cars.retire({ id: idle.pop()?.id ?? '' }),
  'carClasses.create': () => {
    month += 1
    return owner.api.carClasses.create({ fleet: fleet.slug, slug: `class-${month}`, name: 'Class' })
  },
  'carClasses.list': () => owner.api.carClasses.list({ fleet: fleet.slug }),
  'cars.list': () => api.cars.list({ fleet: fleet.slug }),
  'cars.get': () => api.cars.get({ id: carId }),
  'cars.search': () => api.cars.search({ ...period(), lat: 38.7, lng: -9.1 }),
  'cars.windows': () => api.cars.windows({ ...period(), fleet: fleet.slug }),
  'cars.nextFree': () => api.cars.nextFree({ id: carId, minutes: 60 }),
  'fleets.getRules': () => api.fleets.getRules({ fleet: fleet.slug }),
  'fleets.setRules': () => owner.api.fleets.setRules({ fleet: fleet.slug, noticeMinutes: 0 }),
  'apiKeys.create': () => owner.api.apiKeys.create({ fleet: fleet.slug, name: 'Import', role: 'driver', procedures: ['cars.list'] }),
  'apiKeys.list': () => owner.api.apiKeys.list({ fleet: fleet.slug }),
  'apiKeys.revoke': () => owner.api.apiKeys.revoke({ id: apiKey.id }),
  'fleets.create': () => api.fleets.create({ slug: `round-trip-${crypto.randomUUID()}`, name: 'Fleet', currency: 'EUR', timeZone: 'UTC' }),
  'fleets.get': () => api.fleets.get({ fleet: fleet.slug }),
  'fleets.update': () => owner.api.fleets.update({ fleet: fleet.slug, name: 'Fleet' }),
  'fleets.transfer': () => handOver(),
  'members.list': () => owner.api.members.list({ fleet: fleet.slug }),
  'members.setRole': () => owner.api.members.setRole({ fleet: fleet.slug, userId: renter, role: 'manager' }),
  'members.remove': () => owner.api.members.remove({ fleet: fleet.slug, userId: extraMembers.pop() ?? '' }),
  'members.leave': () => api.members.leave({ fleet: leavable.pop() ?? '' }),
  'invitations.create': () => owner.api.invitations.create({ fleet: fleet.slug, role: 'driver' }),
  'invitations.list': () => owner.api.invitations.list({ fleet: fleet.slug }),
  'invitations.revoke': () => owner.api.invitations.revoke({ id: invitations[0]?.id ?? '' }),
  'invitations.accept': () => stranger.api.invitations.accept({ token: invitations.pop()?.token ?? '' }),
  'me.get': () => api.me.get(),
  'me.update': () => api.me.update({ name: 'Renamed' }),
  'me.export': () => api.me.export(),
  'me.erase': () => leaving.api.me.erase({ confirm: 'erase' }),
  'users.suspend': () => admin.api.users.suspend({ id: renter }),
  'users.reinstate': () => admin.api.users.reinstate({ id: renter }),
}

const classicWire = await openWireCounter(db.adminUrl)
const classic = postgres(classicWire.url, { ...adminOptions('fleetflow-tests'), connection: { role: 'fleetflow_sys' } })
afterAll(() => classic.end())

/** Booking as it is usually written: one query for each question. */
async function classicBooking(): Promise<unknown> {
  const { startDate, endDate } = period()
  const [car] = await classic`select fleet_id, car_class_id from cars where id = ${carId}`
  const [owner] = await classic`select user_id from fleet_members where fleet_id = ${car?.fleet_id} and role = 'owner'`
  const taken = await classic`select from trips where car_id = ${carId} and trip_start_date <= ${endDate} and trip_end_date >= ${startDate}`
  const [plan] =
    await classic`select p.* from rate_plans as p join car_classes as c on c.rate_plan_id = p.id where c.id = ${car?.car_class_id}`
  if (owner === undefined || taken.length > 0) throw new Error('not to be had')
  const [stored] = await classic`
    insert into trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, blocked, currency, rate_plan_id)
    values (${carId}, gen_random_uuid(), ${car?.fleet_id}, ${renter}, 'rental', 'confirmed', ${startDate}, ${endDate},
            tstzrange(${startDate}, ${endDate}, '[]'), ${plan?.currency}, ${plan?.id}) returning id`
  return stored?.id
}

/** Round trips of a call once its statements are prepared. */
async function count(wireCounter: typeof wire, work: () => Promise<unknown>): Promise<number> {
  await work()
  wireCounter.take()
  await work()
  return wireCounter.take()
}

/** The numbers that docs/round-trips.md gives, by what is called. */
function documented(): Record<string, number> {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'round-trips.md'), 'utf8')
  return Object.fromEntries([...text.matchAll(/^\| `?([^`|]+?)`? +\| +(\d+) +\|$/gm)].map(([, name, trips]) => [name, Number(trips)]))
}

describe('round trips to the database, once prepared', () => {
  const measured: Record<string, number> = {}

  test('are listed here for every procedure of the router', () => {
    expect(Object.keys(procedures).sort()).toEqual(Object.keys(appRouter._def.procedures).sort())
  })

  test.each(Object.entries(procedures))('%s makes one', async (name, work) => {
    measured[name] = await count(wire, work)
    expect(measured[name]).toBe(1)
  })

  test('a refusal makes one as well (TRIP_OVERLAP)', async () => {
    const refused = () =>
      api.trips.create({ carId, startDate: '2031-02-01T11:00:00Z', endDate: '2031-02-01T12:00:00Z' }).catch(() => undefined)
    expect(await count(wire, refused)).toBe(1)
  })

  test('ten bookings of one car that arrive together make two: the first goes at once, nine travel together', async () => {
    const ten = () => Promise.all(Array.from({ length: 10 }, () => api.trips.create({ carId, ...period() })))
    measured['ten bookings of one car, together'] = await count(wire, ten)
    expect(measured['ten bookings of one car, together']).toBe(2)
  })

  test('control: fetch car, owner, availability, price, insert make five', async () => {
    measured['car, owner, availability, price, insert'] = await count(classicWire, classicBooking)
    expect(measured['car, owner, availability, price, insert']).toBe(5)
  })

  test('control: one more query shows as two', async () => {
    expect(await count(classicWire, async () => [await classic`select 1 as one`, await classic`select 2 as two`])).toBe(2)
  })

  test('control: two queries sent without waiting share a round trip', async () => {
    expect(await count(classicWire, () => Promise.all([classic`select 1 as one`, classic`select 2 as two`]))).toBe(1)
  })

  test('are what docs/round-trips.md says', () => {
    expect(documented()).toEqual(measured)
  })
})

describe('through HTTP', async () => {
  const app = await openTestApp({ database: { ...db, apiUrl: wire.url }, settings: { DATABASE_POOL_SIZE: '1' } })
  const token = await app.token('renter@example.com')
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }

  test('a booking makes one: no session, no role, no identity is fetched beside it', async () => {
    const book = async () => {
      const response = await fetch(`${app.url}/api/trips`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ carId: fleet.carIds[1], ...period() }),
      })
      expect(response.status).toBe(201)
    }
    expect(await count(wire, book)).toBe(1)
  })
})
