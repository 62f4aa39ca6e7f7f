// The demo fleet: people, cars in three classes, past and coming trips and reviews, made through the same functions as real ones.
import { randomUUID } from 'node:crypto'
import { and, eq, sql as expression } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import { carClasses, cars, fleetMembers, fleets, ratePlans, trips, userIdentities, users } from '../schema/index.ts'
import { call } from './call.ts'
import { adminOptions, connect, type Database } from './connect.ts'
import { demoCars, demoClasses, demoFleet, demoPeople, demoReviews } from './seedData.ts'

export interface SeedResult {
  /** False when the demo fleet was there already and nothing was changed. */
  created: boolean
  fleet: string
  users: string[]
  cars: number
  trips: number
  reviews: number
}

const lockKey = 4_729_163_002
const dayMs = 86_400_000
const hourMs = 3_600_000

type Administrator = ReturnType<typeof drizzle>

/** `uuid_v7()` of the database, so that seeded rows sort like all others. */
const newId = expression<string>`private.uuid_v7()`

async function insertPeople(db: Administrator, issuer: string): Promise<Map<string, string>> {
  const ids = new Map<string, string>()
  for (const { email, name } of demoPeople) {
    const [known] = await db
      .select({ userId: userIdentities.userId })
      .from(userIdentities)
      .where(and(eq(userIdentities.issuer, issuer), eq(userIdentities.subject, email)))
    if (known) {
      ids.set(email, known.userId)
      continue
    }
    const [user] = await db.insert(users).values({ id: newId, email, name }).returning({ id: users.id })
    if (!user) throw new Error('the user was not stored')
    await db.insert(userIdentities).values({ issuer, subject: email, userId: user.id })
    ids.set(email, user.id)
  }
  return ids
}

/** A fleet that nobody sees yet: a seed that is interrupted leaves no half-made `demo` behind. */
async function insertFleet(db: Administrator, people: Map<string, string>): Promise<{ fleetId: string; carIds: string[] }> {
  const [system] = await db
    .insert(users)
    .values({ id: newId, name: `${demoFleet.name} (system)` })
    .returning({ id: users.id })
  if (!system) throw new Error('the system user was not stored')
  const fleetId = randomUUID()
  const { name, currency, timeZone } = demoFleet
  await db
    .insert(fleets)
    .values({ id: fleetId, slug: `demo-${fleetId}`, name, currency, timeZone, visibility: 'members', systemUserId: system.id })
  for (const role of ['owner', 'manager'] as const) {
    await db.insert(fleetMembers).values({ fleetId, userId: people.get(`${role}@demo.fleetflow.dev`) ?? '', role })
  }
  const carIds: string[] = []
  for (const { slug: classSlug, name: className, rates } of demoClasses) {
    const ratePlanId = randomUUID()
    const carClassId = randomUUID()
    await db.insert(ratePlans).values({ id: ratePlanId, fleetId, name: className, currency, ...rates })
    // The first class's rates price whatever else the fleet gets, imported cars among them.
    if (carIds.length === 0) await db.update(fleets).set({ ratePlanId }).where(eq(fleets.id, fleetId))
    await db.insert(carClasses).values({ id: carClassId, fleetId, slug: classSlug, name: className, ratePlanId })
    for (const car of demoCars.filter((c) => c.carClass === classSlug)) {
      const { carClass: _, ...columns } = car
      const [stored] = await db
        .insert(cars)
        .values({ id: newId, fleetId, carClassId, timeZone, ...columns })
        .returning({ id: cars.id })
      if (stored) carIds.push(stored.id)
    }
  }
  return { fleetId, carIds }
}

/** Books one trip as the fleet's owner for a renter; days are counted from the next full hour. */
async function book(api: Database, ownerId: string, renterId: string, carId: string, startDay: number, hours: number): Promise<string> {
  const start = Math.ceil(Date.now() / hourMs) * hourMs + startDay * dayMs
  const trip = await call(api, 'create_trip_rpc', {
    car_id: carId,
    user_id: renterId,
    start_date: new Date(start).toISOString(),
    end_date: new Date(start + hours * hourMs).toISOString(),
    actor: { userId: ownerId },
  })
  return (trip as { id: string }).id
}

async function bookTrips(
  db: Administrator,
  api: Database,
  people: Map<string, string>,
  carIds: string[],
): Promise<{ trips: number; reviews: number }> {
  const ownerId = people.get('owner@demo.fleetflow.dev') ?? ''
  const renters = demoPeople.filter((p) => !/^(owner|manager)@/.test(p.email)).map((p) => people.get(p.email) ?? '')
  let booked = 0
  let reviewed = 0
  for (const [i, carId] of carIds.entries()) {
    const renterId = renters[i % renters.length] ?? ''
    for (const [startDay, hours] of [
      [-21 - i, 26 + i],
      [-9 - i, 50],
    ] as const) {
      const id = await book(api, ownerId, renterId, carId, startDay, hours)
      for (const status of ['active', 'completed'] as const) {
        await db.update(trips).set({ status }).where(eq(trips.id, id))
      }
      const review = demoReviews[reviewed % demoReviews.length]
      if (review && i % 4 !== 3) {
        await call(api, 'create_review_rpc', { trip_id: id, rating: review.rating, comment: review.comment, actor: { userId: renterId } })
        reviewed += 1
      }
      booked += 1
    }
    await book(api, ownerId, renters[(i + 1) % renters.length] ?? '', carId, 3 + i, 30)
    booked += 1
  }
  return { trips: booked, reviews: reviewed }
}

/**
 * Makes the demo fleet unless it exists. `issuer` is the issuer of the development tokens; a demo user's subject is their email.
 * Errors: DatabaseError or PostgreSQL's own; then there is no demo fleet, and the next seed makes one.
 */
export async function seed(adminUrl: string, options: { issuer: string }): Promise<SeedResult> {
  const client = postgres(adminUrl, {
    ...adminOptions('fleetflow-seed'),
    connection: { ...adminOptions('fleetflow-seed').connection, role: 'fleetflow_sys' },
  })
  const api = connect({ url: adminUrl, max: 1, applicationName: 'fleetflow-seed' })
  const summary = { fleet: demoFleet.slug, users: demoPeople.map((p) => p.email) }
  try {
    const db = drizzle(client)
    // Two that start at once on one database: the second waits and finds the fleet made.
    await client`select pg_advisory_lock(${lockKey})`
    const [existing] = await db.select({ id: fleets.id }).from(fleets).where(eq(fleets.slug, demoFleet.slug))
    if (existing) return { created: false, ...summary, cars: 0, trips: 0, reviews: 0 }
    const { people, fleetId, carIds } = await db.transaction(async (tx) => {
      const people = await insertPeople(tx as unknown as Administrator, options.issuer)
      return { people, ...(await insertFleet(tx as unknown as Administrator, people)) }
    })
    const booked = await bookTrips(db, api, people, carIds)
    await db.update(fleets).set({ slug: demoFleet.slug, visibility: 'public' }).where(eq(fleets.id, fleetId))
    return { created: true, ...summary, cars: carIds.length, ...booked }
  } finally {
    await Promise.all([client.end(), api.close()])
  }
}
