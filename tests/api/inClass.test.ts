// Booking any car of a class over REST and tRPC: the same answers, and who gets which.
import { beforeAll, describe, expect, it } from 'vitest'
import { openTestApp } from '../support/app.ts'

describe('POST /api/trips/in-class', async () => {
  const app = await openTestApp()
  const tokens: Record<string, string> = {}
  beforeAll(async () => {
    for (const name of ['renter', 'manager', 'ana']) tokens[name] = await app.token(`${name}@demo.fleetflow.dev`)
    tokens.stranger = await app.token('stranger@example.com')
  })

  const period = (month: string) => ({ startDate: `2032-${month}-01T10:00:00Z`, endDate: `2032-${month}-03T10:00:00Z` })
  const ask = async (path: string, body: unknown, who: string | undefined, headers: Record<string, string> = {}) => {
    const response = await fetch(`${app.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(who ? { authorization: `Bearer ${tokens[who]}` } : {}), ...headers },
      body: JSON.stringify(body),
    })
    return { status: response.status, headers: response.headers, body: (await response.json()) as Record<string, unknown> }
  }
  const book = (body: Record<string, unknown>, who: string | undefined = 'renter', headers: Record<string, string> = {}) =>
    ask('/api/trips/in-class', { fleet: 'demo', carClass: 'van', ...body }, who, headers)

  it('books each car of the class once: 201, Location; then there is none left (CLASS_FULL)', async () => {
    const cars = new Set<unknown>()
    for (let n = 0; n < 4; n += 1) {
      const { status, headers, body } = await book(period('01'))
      expect([status, headers.get('location')]).toEqual([201, `/api/trips/${body.id}`])
      expect(body).toMatchObject({ status: 'confirmed', pinned: false, currency: 'EUR', version: 1 })
      cars.add(body.carId)
    }
    expect(cars.size).toBe(4)
    const { status, headers, body } = await book(period('01'))
    expect([status, headers.get('content-type')]).toEqual([409, 'application/problem+json; charset=utf-8'])
    expect(body).toMatchObject({ code: 'CLASS_FULL', type: '/problems/class-full', retryable: false, instance: '/api/trips/in-class' })
  })

  it('answers the same over tRPC (CLASS_FULL)', async () => {
    const { status, body } = await ask('/trpc/trips.createInClass', { fleet: 'demo', carClass: 'van', ...period('01') }, 'renter')
    expect([status, body]).toMatchObject([409, { error: { data: { code: 'CLASS_FULL', httpStatus: 409 } } }])
  })

  it('takes a place and a radius in kilometres, and one key is one trip (Idempotency-Replayed)', async () => {
    const wish = { ...period('02'), lat: 38.781311, lng: -9.135919, radiusKm: 0.5, allocation: 'pinned' }
    const first = await book(wish, 'renter', { 'idempotency-key': 'near the airport' })
    expect([first.status, first.body.pinned]).toEqual([201, true])
    const again = await book(wish, 'renter', { 'idempotency-key': 'near the airport' })
    expect([again.headers.get('idempotency-replayed'), again.body]).toEqual(['true', first.body])
    // The one van so near is taken; the other three are further away.
    expect((await book(wish)).body).toMatchObject({ code: 'CLASS_FULL' })
    expect((await book(period('02'))).status).toBe(201)
  })

  it('asks for the price with dryRun and stores nothing', async () => {
    const { status, headers, body } = await book({ ...period('03'), dryRun: true })
    expect(headers.get('location')).toBeNull()
    expect([status, body.status]).toEqual([201, 'confirmed'])
    expect((await fetch(`${app.url}/api/trips/${body.id}`, { headers: { authorization: `Bearer ${tokens.renter}` } })).status).toBe(404)
    const cheaper = await book({ ...period('03'), maxTotal: Number(body.totalCost) - 1 })
    expect([cheaper.status, cheaper.body]).toMatchObject([409, { code: 'PRICE_CHANGED', details: { totalCost: body.totalCost } }])
  })

  it('is for whoever signs in, for others only by owners and managers (UNAUTHENTICATED, FORBIDDEN, NOT_FOUND)', async () => {
    expect((await book(period('04'), undefined, { authorization: '' })).body).toMatchObject({ code: 'UNAUTHENTICATED' })
    const own = await book(period('04'), 'stranger')
    expect(own.status).toBe(201)
    const forOther = { ...period('04'), userId: own.body.bookedById }
    expect((await book(forOther, 'ana')).body).toMatchObject({ code: 'FORBIDDEN' })
    expect((await book(forOther, 'manager')).body).toMatchObject({ bookedById: own.body.bookedById })
    expect((await book({ ...period('04'), carClass: 'lorry' })).body).toMatchObject({ code: 'NOT_FOUND', field: 'carClass' })
    expect((await book({ ...period('04'), fleet: 'nowhere' })).body).toMatchObject({ code: 'NOT_FOUND', field: 'fleet' })
  })

  it('names the half of a place that is missing (BAD_INPUT)', async () => {
    expect((await book({ ...period('05'), lat: 38.7 })).body).toMatchObject({ code: 'BAD_INPUT', field: 'lat' })
  })
})
