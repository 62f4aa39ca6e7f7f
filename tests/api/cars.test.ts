// Cars and their classes over REST and tRPC: one car from the day it is added to the day it is retired.
import { describe, expect, it } from 'vitest'
import { openTestApp } from '../support/app.ts'

describe('cars over HTTP', async () => {
  const app = await openTestApp()
  const [owner, renter] = [await app.token('owner@demo.fleetflow.dev'), await app.token('renter@demo.fleetflow.dev')]

  async function ask(method: string, url: string, token: string | undefined, body?: unknown) {
    const response = await fetch(`${app.url}${url}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const location = response.headers.get('location')
    return { status: response.status, location, body: (await response.json()) as Record<string, unknown> }
  }

  it('a car is added, found, changed, and retired once nobody has booked it (INVALID_STATE, NOT_FOUND)', async () => {
    const added = await ask('POST', '/api/cars', owner, { fleet: 'demo', carClass: 'van', name: 'Van 99', lat: 38.7223, lng: -9.1393 })
    expect(added).toMatchObject({ status: 201, body: { name: 'Van 99', lat: 38.7223, lng: -9.1393, retiredAt: null } })
    const url = `/api/cars/${String(added.body.id)}`
    expect(added.location).toBe(url)
    expect((await ask('GET', url, renter)).body).toEqual(added.body)

    const changed = await ask('PATCH', url, owner, { seats: 3, lat: null, lng: null })
    expect(changed).toMatchObject({ status: 200, body: { seats: 3, lat: null, lng: null, name: 'Van 99' } })
    const read = await ask('GET', `/trpc/cars.get?input=${encodeURIComponent(JSON.stringify({ id: added.body.id }))}`, owner)
    expect(read.body).toEqual({ result: { data: changed.body } })

    const period = { startDate: '2031-05-06T10:00:00Z', endDate: '2031-05-06T12:00:00Z' }
    const trip = await ask('POST', '/api/trips', renter, { carId: added.body.id, ...period })
    expect(await ask('POST', `${url}/retire`, owner, {})).toMatchObject({
      status: 409,
      body: { code: 'INVALID_STATE', details: { count: 1, trips: [{ id: trip.body.id, status: 'confirmed' }] } },
    })
    await ask('PATCH', `/api/trips/${String(trip.body.id)}`, renter, { status: 'cancelled' })
    expect(await ask('POST', `${url}/retire`, owner, { reason: 'Sold' })).toMatchObject({ status: 200, body: { retireReason: 'Sold' } })
    expect(await ask('GET', url, renter)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
    expect((await ask('GET', url, owner)).status).toBe(200)
  })

  it('the refusals have their codes over REST (FORBIDDEN, NOT_FOUND, UNAUTHENTICATED, BAD_INPUT, ODOMETER_LOW)', async () => {
    const { body } = await ask('POST', '/api/cars', owner, { fleet: 'demo', carClass: 'van', name: 'Van 98', odometer: 100 })
    const url = `/api/cars/${String(body.id)}`
    expect(await ask('PATCH', url, undefined, {})).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } })
    for (const [method, path, given] of [
      ['PATCH', url, { seats: 4 }],
      ['POST', `${url}/retire`, {}],
      ['POST', '/api/cars', { fleet: 'demo', carClass: 'van', name: 'x' }],
      ['POST', '/api/fleets/demo/car-classes', { slug: 'x', name: 'x' }],
    ] as const)
      expect(await ask(method, path, renter, given)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
    expect(await ask('PATCH', url, owner, { odometer: 99 })).toMatchObject({
      status: 409,
      body: { code: 'ODOMETER_LOW', field: 'odometer', details: { odometer: 100 } },
    })
    expect(await ask('PATCH', url, owner, { timeZone: 'Mars/Olympus' })).toMatchObject({
      status: 400,
      body: { code: 'BAD_INPUT', field: 'timeZone' },
    })
    expect(await ask('PATCH', url, owner, { fleetId: body.fleetId })).toMatchObject({
      status: 400,
      body: { code: 'BAD_INPUT', details: { reason: 'UNKNOWN_KEY' } },
    })
    expect(await ask('PATCH', url, owner, { avgRating: 5 })).toMatchObject({ status: 400, body: { code: 'BAD_INPUT' } })
  })

  it('a class is added, listed, and its slug is taken then (BAD_INPUT, TAKEN)', async () => {
    const path = '/api/fleets/demo/car-classes'
    const added = await ask('POST', path, owner, { slug: 'camper', name: 'Campers' })
    expect(added).toMatchObject({ status: 201, body: { slug: 'camper', name: 'Campers' } })
    expect(await ask('POST', path, owner, { slug: 'camper', name: 'Again' })).toMatchObject({
      status: 400,
      body: { code: 'BAD_INPUT', field: 'slug', details: { reason: 'TAKEN' } },
    })
    const { body } = await ask('GET', path, renter)
    expect(body.items).toContainEqual(added.body)
    expect(await ask('GET', '/api/fleets/none/car-classes', renter)).toMatchObject({ status: 404, body: { field: 'fleet' } })
  })
})
