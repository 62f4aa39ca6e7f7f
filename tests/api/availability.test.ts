// Finding a car over REST and tRPC: decimal degrees and flags in query strings, and offers in a refusal's problem details.
import { describe, expect, it } from 'vitest'
import { openTestApp } from '../support/app.ts'

const app = await openTestApp()
const token = await app.token('renter@demo.fleetflow.dev')
const period = 'startDate=2031-03-06T10:00:00Z&endDate=2031-03-08T10:00:00Z'

interface Answer {
  status: number
  body: Record<string, unknown> & { items: Record<string, unknown>[] }
}

async function ask(path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${app.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Answer['body'] }
}

describe('GET /api/cars/search', () => {
  it('takes a place in decimal degrees, a radius in parts of kilometres and a flag', async () => {
    const near = await ask(`/api/cars/search?${period}&lat=38.722252&lng=-9.139337&radiusKm=0.5&busyToo=true`)
    expect(near).toMatchObject({
      status: 200,
      body: { items: [{ car: { name: 'Renault Clio' }, distance: 0, free: true }], nextCursor: null },
    })
    const all = await ask(`/api/cars/search?${period}&lat=38.72&lng=-9.14&sort=price&seats=5&limit=2`)
    expect(all).toMatchObject({
      status: 200,
      body: { items: [{ price: { currency: 'EUR' } }, {}], nextCursor: expect.any(String), truncated: false },
    })
  })

  it('refuses half a place (BAD_INPUT) and a period that has begun (TOO_SOON)', async () => {
    expect(await ask(`/api/cars/search?${period}&lat=38.7`)).toMatchObject({ status: 400, body: { code: 'BAD_INPUT', field: 'lng' } })
    expect(await ask('/api/cars/search?startDate=2020-01-01T10:00:00Z&endDate=2020-01-02T10:00:00Z')).toMatchObject({
      status: 422,
      body: { code: 'TOO_SOON', field: 'startDate', details: { earliest: expect.any(String) } },
    })
  })

  it.each(['', 'search?', 'windows?', 'x/next-free?'])('nobody is told anything: /api/cars/%s (UNAUTHENTICATED)', async (path) => {
    expect((await fetch(`${app.url}/api/cars/${path}${period}`)).status).toBe(401)
  })
})

describe('GET /api/cars/windows and /api/cars/:id/next-free', () => {
  it('answer the windows of a fleet and the next starts of a car', async () => {
    const { status, body } = await ask(`/api/cars/windows?${period}&fleet=demo&hours=false&limit=1000`)
    expect([status, body.items.length > 5]).toEqual([200, true])
    expect(body.items[0]).toMatchObject({ carId: expect.any(String), windows: [{ startDate: '2031-03-06T10:00:00.000Z' }] })
    const next = await ask(`/api/cars/${body.items[0]?.carId}/next-free?minutes=60&from=2031-03-06T10:00:00Z`)
    expect(next).toMatchObject({ status: 200, body: { nextFree: '2031-03-06T10:00:00.000Z' } })
  })

  it('refuse a fleet for more than two months (TOO_LONG) and a car that is not there (NOT_FOUND)', async () => {
    const far = 'startDate=2031-03-06T10:00:00Z&endDate=2031-07-08T10:00:00Z'
    expect(await ask(`/api/cars/windows?${far}&fleet=demo`)).toMatchObject({
      status: 422,
      body: { code: 'TOO_LONG', details: { maxDays: 62, limit: 89_280, nearest: '2031-05-07T10:00:00.000Z' } },
    })
    const nothing = '0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091'
    expect(await ask(`/api/cars/${nothing}/next-free?minutes=60`)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
    expect(await ask(`/api/cars/windows?${period}&carId=${nothing}`)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
  })
})

describe('POST /api/trips with alternatives', () => {
  it('is refused with other starts and other cars that can be booked at the price shown (TRIP_OVERLAP)', async () => {
    const { body: found } = await ask(`/api/cars/search?${period}&fleet=demo&carClass=compact`)
    const { id: carId } = (found.items[0]?.car ?? {}) as { id?: string }
    const booking = { carId, startDate: '2031-03-06T10:00:00Z', endDate: '2031-03-08T10:00:00Z' }
    expect((await ask('/api/trips', booking)).status).toBe(201)
    const refused = await ask('/api/trips', { ...booking, alternatives: 5 })
    expect(refused).toMatchObject({ status: 409, body: { code: 'TRIP_OVERLAP', details: { nextFree: '2031-03-08T10:01:00.000Z' } } })
    const { alternatives } = refused.body.details as { alternatives: { carId: string; price: { total: number } }[] }
    expect(alternatives.length).toBeGreaterThan(0)
    const [best] = alternatives
    expect(await ask('/api/trips', { ...booking, carId: best?.carId })).toMatchObject({
      status: 201,
      body: { totalCost: best?.price.total },
    })
  })
})
