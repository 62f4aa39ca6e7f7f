// The typed client against the whole API and a real database: what it books, lists, changes and is refused.
import { createFleetflowClient, type FleetflowClient, reasonOf } from '@fleetflow/client'
import type { AppRouter } from '@fleetflow/server/router'
import { createTRPCClient, httpLink } from '@trpc/client'
import { beforeAll, describe, expect, test } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import { freePeriod } from './periods.ts'

let app: TestApp
let renter: FleetflowClient
let carIds: string[]

const car = (n: number) => carIds[n] ?? ''

beforeAll(async () => {
  app = await openTestApp()
  renter = createFleetflowClient({ url: app.url, token: await app.token('renter@demo.fleetflow.dev') })
  const { items } = await renter.cars.list.query({ fleet: 'demo', limit: 100 })
  carIds = items.map(({ id }) => id)
})

async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expect.fail('the call should have been refused'),
    (error: unknown) => error,
  )
}

describe('procedures', () => {
  test('a trip is booked, read with its lines, moved and cancelled', async () => {
    const { startDate, endDate } = freePeriod(1)
    const trip = await renter.trips.create.mutate({ carId: car(0), startDate, endDate })
    expect(trip).toMatchObject({ carId: car(0), startDate, endDate, status: 'confirmed', purpose: 'rental', version: 1 })

    const read = await renter.trips.get.query({ id: trip.id })
    expect(read.lines.reduce((sum, line) => sum + line.amount, 0)).toBe(trip.totalCost)
    expect(trip.totalCost).toBeGreaterThan(0)

    const moved = await renter.trips.modify.mutate({ id: trip.id, endDate: freePeriod(2).startDate, version: trip.version })
    expect(moved.totalCost).toBeGreaterThan(trip.totalCost)
    const cancelled = await renter.trips.cancel.mutate({ id: trip.id, version: moved.version })
    expect(cancelled.status).toBe('cancelled')
  })

  test('pages follow each other without a gap until nextCursor is null', async () => {
    const seen: string[] = []
    let cursor: string | null | undefined
    do {
      const page = await renter.cars.list.query({ fleet: 'demo', limit: 5, ...(cursor ? { cursor } : {}) })
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen.toSorted()).toEqual(carIds.toSorted())
    expect(seen.length).toBeGreaterThanOrEqual(12)
  })

  test('a completed rental is reviewed once (ALREADY_REVIEWED)', async () => {
    const [row] = await app.database.sys<{ id: string; subject: string }[]>`
      select t.id, i.subject from trips t join user_identities i on i.user_id = t.booked_by_id
       where t.status = 'completed' and not exists (select from reviews r where r.trip_id = t.id) limit 1`
    if (!row) throw new Error('the demo fleet has no trip to review')
    const client = createFleetflowClient({ url: app.url, token: await app.token(row.subject) })
    const review = await client.reviews.create.mutate({ tripId: row.id, rating: 4, comment: 'Clean' })
    const { items } = await client.reviews.list.query({ carId: review.carId, limit: 1 })
    expect(items[0]).toEqual(review)
    const reason = reasonOf<'reviews.create'>(await failure(client.reviews.create.mutate({ tripId: row.id, rating: 1 })))
    expect(reason).toMatchObject({ code: 'ALREADY_REVIEWED', source: 'server', outcomeUnknown: false })
  })
})

describe('refusals', () => {
  test('an overlapping booking is refused with the conflict and the next free start, which can be booked (TRIP_OVERLAP)', async () => {
    const { startDate, endDate } = freePeriod(3)
    const taken = await renter.trips.create.mutate({ carId: car(1), startDate, endDate })
    const reason = reasonOf<'trips.create'>(await failure(renter.trips.create.mutate({ carId: car(1), startDate, endDate })))
    if (reason.code !== 'TRIP_OVERLAP') throw new Error(`refused with ${reason.code}`)
    expect(reason).toMatchObject({ source: 'server', httpStatus: 409, retryable: false, outcomeUnknown: false })
    expect(reason.requestId).toBeTruthy()
    expect(reason.details.conflicts).toEqual([{ startDate: taken.blockedFrom, endDate: taken.blockedUntil }])
    const next = reason.details.nextFree ?? ''
    expect(Date.parse(next)).toBeGreaterThanOrEqual(Date.parse(endDate))
    const length = Date.parse(endDate) - Date.parse(startDate)
    const instead = await renter.trips.create.mutate({
      carId: car(1),
      startDate: next,
      endDate: new Date(Date.parse(next) + length).toISOString(),
    })
    expect(Date.parse(instead.startDate)).toBe(Date.parse(next))
  })

  test('an old version is refused with the stored one (VERSION_MISMATCH)', async () => {
    const trip = await renter.trips.create.mutate({ carId: car(2), ...freePeriod(4) })
    const reason = reasonOf<'trips.cancel'>(await failure(renter.trips.cancel.mutate({ id: trip.id, version: 7 })))
    if (reason.code !== 'VERSION_MISMATCH') throw new Error(`refused with ${reason.code}`)
    expect(reason.details.version).toBe(trip.version)
  })

  test('a mistake in the input names its field, and details are never absent (BAD_INPUT)', async () => {
    const reason = reasonOf<'trips.create'>(
      await failure(renter.trips.create.mutate({ carId: car(0), startDate: '2027-05-01T10:00:00', endDate: '2027-05-02T10:00:00Z' })),
    )
    if (reason.code !== 'BAD_INPUT') throw new Error(`refused with ${reason.code}`)
    expect(reason.field).toBe('startDate')
    expect(reason.details.reason).toBe('OFFSET_REQUIRED')
    const absent = reasonOf(await failure(renter.trips.get.query({ id: crypto.randomUUID() })))
    expect(absent).toMatchObject({ code: 'NOT_FOUND', details: expect.any(Object) })
  })

  test("reasonOf reads the refusals of tRPC's own client, too (NOT_FOUND)", async () => {
    const authorization = `Bearer ${await app.token('renter@demo.fleetflow.dev')}`
    const plain = createTRPCClient<AppRouter>({ links: [httpLink({ url: `${app.url}/trpc`, headers: { authorization } })] })
    const reason = reasonOf<'cars.get'>(await failure(plain.cars.get.query({ id: crypto.randomUUID() })))
    expect(reason).toMatchObject({ code: 'NOT_FOUND', source: 'server', field: 'id' })
  })

  test('what is not the failure of a call is UNKNOWN, and nothing makes reasonOf throw', () => {
    for (const thrown of [new TypeError('a defect'), 'text', null, undefined, 7, { data: { code: 1 } }, Object.create(null)]) {
      expect(reasonOf(thrown)).toMatchObject({ code: 'UNKNOWN', source: 'client', retryable: false })
    }
  })
})

describe('batches', () => {
  test('calls of one tick share requests of at most 10 calls, and one refusal leaves the others alone', async () => {
    let requests = 0
    const token = await app.token('renter@demo.fleetflow.dev')
    const client = createFleetflowClient({
      url: app.url,
      token: () => {
        requests += 1
        return token
      },
    })
    const ids = Array.from({ length: 23 }, (_, n) => (n === 11 ? crypto.randomUUID() : car(n % carIds.length)))
    const answers = await Promise.allSettled(ids.map((id) => client.cars.get.query({ id })))
    expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(1)
    expect(answers.map((answer) => (answer.status === 'fulfilled' ? answer.value.id : reasonOf<'cars.get'>(answer.reason).code))).toEqual(
      ids.map((id, n) => (n === 11 ? 'NOT_FOUND' : id)),
    )
    expect(requests).toBe(3)
  })

  test('without batch every call is a request of its own', async () => {
    let requests = 0
    const token = await app.token('renter@demo.fleetflow.dev')
    const client = createFleetflowClient({
      url: new URL(`${app.url}/`),
      batch: false,
      token: () => {
        requests += 1
        return token
      },
    })
    await Promise.all([client.me.get.query(), client.me.get.query(), client.cars.list.query({ limit: 1 })])
    expect(requests).toBe(3)
  })
})
