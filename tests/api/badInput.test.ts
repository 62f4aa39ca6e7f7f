// Bad input on every procedure, generated from the router: the documented error, before the database is asked, and never a word of SQL.
import { appRouter } from '@fleetflow/server'
import type { LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type OfflineApp, offlineApp, refusalOf } from './harness.ts'

const id = '0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091'
const period = { startDate: '2028-05-01T10:00:00Z', endDate: '2028-05-02T10:00:00+02:00' }

const again = { idempotencyKey: 'a key', dryRun: true }

const tariff = {
  dayRate: 5000,
  hourRate: 800,
  minimumCharge: 1000,
  weekdays: [1, 1, 1, 1, 1, 1.2, 1.2].map((factor) => factor * 1_000_000),
  tiers: [{ days: 7, ppm: 900_000 }],
  seasons: [{ name: 'Summer', from: '2028-06-01', to: '2028-08-31', dayRate: 6000 }],
  extras: [{ code: 'seat', name: 'Child seat', per: 'day', amount: 500 }],
  fees: [{ name: 'Cleaning', amount: 2000 }],
  discounts: [{ name: 'Early bird', ppm: 50_000, leadDays: 30 }],
  taxes: [{ name: 'VAT', ppm: 230_000, inclusive: true }],
  distance: { unit: 'km', includedPerDay: 200, perUnit: 25 },
  fuel: { perPercent: 150 },
}

const carDetails = {
  seats: 5,
  lat: 38.7,
  lng: -9.1,
  timeZone: 'Europe/Lisbon',
  prepMinutes: 10,
  turnaroundMinutes: 20,
  backToBack: true,
  instantBooking: false,
  odometer: 12_000,
  externalId: 'AA-00-AA',
}

type Input = Record<string, unknown>

/** One whole valid input a procedure, with every optional member given. */
const valid: Record<string, Input> = {
  'trips.create': {
    carId: id,
    ...period,
    userId: id,
    purpose: 'rental',
    maxTotal: 100,
    quoteId: id,
    extras: [{ code: 'seat' }],
    driverId: id,
    alternatives: 5,
    ...again,
  },
  'trips.quote': { carId: id, ...period, userId: id, extras: [{ code: 'seat', quantity: 2 }], preview: true, idempotencyKey: 'a key' },
  'apiKeys.create': {
    fleet: 'demo',
    name: 'Import',
    role: 'driver',
    procedures: ['cars.list'],
    expiresInDays: 30,
    idempotencyKey: 'a key',
  },
  'apiKeys.list': { fleet: 'demo', limit: 5, cursor: 'x' },
  'apiKeys.revoke': { id, idempotencyKey: 'a key' },
  'ratePlans.create': { fleet: 'demo', name: 'Summer', tariff, assignTo: { carClass: 'van' }, idempotencyKey: 'a key' },
  'ratePlans.list': { fleet: 'demo', limit: 5, cursor: 'x' },
  'ratePlans.get': { id },
  'ratePlans.assign': { fleet: 'demo', ratePlanId: id, carId: id, carClass: 'van', idempotencyKey: 'a key' },
  'ratePlans.preview': { fleet: 'demo', tariff, ...period, extras: [], idempotencyKey: 'a key' },
  'trips.createInClass': {
    fleet: 'demo',
    carClass: 'van',
    ...period,
    lat: 38.7,
    lng: -9.1,
    radiusKm: 5,
    userId: id,
    maxTotal: 100,
    extras: [],
    driverId: id,
    allocation: 'pinned',
    alternatives: 5,
    ...again,
  },
  'trips.hold': {
    carId: id,
    ...period,
    minutes: 10,
    userId: id,
    maxTotal: 100,
    quoteId: id,
    extras: [],
    driverId: id,
    alternatives: 5,
    idempotencyKey: 'a key',
  },
  'trips.approve': { id, version: 1, idempotencyKey: 'a key' },
  'trips.decline': { id, reason: 'a reason', version: 1, idempotencyKey: 'a key' },
  'trips.start': { id, odometer: 1, fuel: 100, version: 1, idempotencyKey: 'a key' },
  'trips.complete': { id, odometer: 1, fuel: 100, version: 1, idempotencyKey: 'a key' },
  'trips.noShow': { id, version: 1, idempotencyKey: 'a key' },
  'trips.cancelPreview': { id },
  'trips.createSeries': {
    carId: id,
    rrule: 'FREQ=DAILY;COUNT=3',
    localStart: '2028-05-01T10:00',
    localEnd: '2028-05-01T12:00',
    userId: id,
    purpose: 'rental',
    onConflict: 'skip',
    extras: [{ code: 'seat', quantity: 1 }],
    maxTotal: 100,
    ...again,
  },
  'trips.list': { fleet: 'demo', carId: id, status: 'confirmed', limit: 5, cursor: 'x' },
  'trips.get': { id },
  'trips.modify': {
    id,
    ...period,
    carId: id,
    reprice: true,
    extras: [{ code: 'seat', quantity: 1 }],
    driverId: id,
    version: 1,
    alternatives: 5,
    ...again,
  },
  'trips.swap': { id, otherId: id, version: 1, otherVersion: 1, ...again },
  'trips.block': {
    carId: id,
    ...period,
    purpose: 'repair',
    note: 'Brakes',
    plan: { moves: [{ tripId: id, version: 1, carId: id }] },
    ...again,
  },
  'trips.history': { id, limit: 5, cursor: 'x' },
  'trips.cancel': { id, reason: 'a reason', version: 1, expectedRefund: 1, ...again },
  'reviews.create': { tripId: id, rating: 5, comment: 'good', idempotencyKey: 'a key' },
  'reviews.list': { carId: id, limit: 5, cursor: 'x' },
  'cars.list': { fleet: 'demo', carClass: 'van', limit: 5, cursor: 'x' },
  'cars.get': { id },
  'cars.search': {
    ...period,
    lat: 38.7,
    lng: -9.1,
    radiusKm: 20,
    fleet: 'demo',
    carClass: 'van',
    seats: 4,
    maxPrice: 100,
    currency: 'EUR',
    minRating: 4.5,
    sort: 'price',
    busyToo: true,
    limit: 5,
    cursor: 'x',
  },
  'cars.windows': { ...period, carId: id, fleet: 'demo', carClass: 'van', minMinutes: 60, hours: false, limit: 5, cursor: 'x' },
  'cars.nextFree': { id, minutes: 60, from: period.startDate },
  'fleets.create': {
    slug: 'harbour-cars',
    name: 'Harbour Cars',
    currency: 'EUR',
    timeZone: 'Europe/Lisbon',
    visibility: 'members',
    idempotencyKey: 'a key',
  },
  'fleets.get': { fleet: 'demo' },
  'fleets.update': { fleet: 'demo', slug: 'demo-2', name: 'Demo', timeZone: 'UTC', visibility: 'public', idempotencyKey: 'a key' },
  'fleets.transfer': { fleet: 'demo', userId: id, idempotencyKey: 'a key' },
  'members.list': { fleet: 'demo', limit: 5, cursor: 'x' },
  'members.setRole': { fleet: 'demo', userId: id, role: 'driver', idempotencyKey: 'a key' },
  'members.remove': { fleet: 'demo', userId: id, idempotencyKey: 'a key' },
  'members.leave': { fleet: 'demo', idempotencyKey: 'a key' },
  'invitations.create': { fleet: 'demo', role: 'driver', email: 'dana@example.com', expiresInDays: 7, idempotencyKey: 'a key' },
  'invitations.list': { fleet: 'demo', limit: 5, cursor: 'x' },
  'invitations.revoke': { id, idempotencyKey: 'a key' },
  'invitations.accept': { token: 'ffi_token', idempotencyKey: 'a key' },
  'carClasses.create': { fleet: 'demo', slug: 'van', name: 'Vans', idempotencyKey: 'a key' },
  'carClasses.list': { fleet: 'demo', limit: 5, cursor: 'x' },
  'cars.create': { fleet: 'demo', carClass: 'van', name: 'Van 1', ...carDetails, idempotencyKey: 'a key' },
  'cars.update': { id, carClass: 'van', name: 'Van 1', ...carDetails, idempotencyKey: 'a key' },
  'cars.retire': { id, reason: 'Sold', idempotencyKey: 'a key' },
  'fleets.getRules': { fleet: 'demo' },
  'fleets.setRules': {
    fleet: 'demo',
    openingHours: { mon: [['08:00', '18:00']] },
    closedDays: ['2028-12-25'],
    minMinutes: 60,
    maxMinutes: 2880,
    noticeMinutes: 30,
    horizonDays: 365,
    maxOpenTrips: 3,
    cancellationPolicy: 'moderate',
    version: 1,
    idempotencyKey: 'a key',
  },
  'me.get': {},
  'me.update': { name: 'Dana', idempotencyKey: 'a key' },
  'me.export': {},
  'me.erase': { confirm: 'erase', idempotencyKey: 'a key' },
  'users.suspend': { id, reason: 'Fraud', idempotencyKey: 'a key' },
  'users.reinstate': { id, idempotencyKey: 'a key' },
}

interface Procedure {
  _def: { type: string; inputs: z.ZodType[] }
}

const procedures = Object.entries(appRouter._def.procedures as unknown as Record<string, Procedure>)

let offline: OfflineApp
beforeAll(async () => {
  offline = await offlineApp()
})
afterAll(() => offline[Symbol.asyncDispose]())

/** `content` is the text of the input as it travels, so that it need not be JSON. */
function send(path: string, content: string): Promise<LightMyRequestResponse> {
  const headers = { ...offline.signedIn, 'content-type': 'application/json' }
  if (procedures.find(([name]) => name === path)?.[1]._def.type === 'query') {
    return offline.app.inject({ url: `/trpc/${path}`, query: { input: content }, headers })
  }
  return offline.app.inject({ method: 'POST', url: `/trpc/${path}`, payload: content, headers })
}

function expectBadInput(response: LightMyRequestResponse, what: string): void {
  const { code, retryable, requestId } = refusalOf(response)
  expect([what, response.statusCode, code, retryable]).toEqual([what, 400, 'BAD_INPUT', false])
  expect(requestId).toBe(response.headers['x-request-id'])
  expect(response.body).not.toMatch(/select |insert |_rpc|private\.|postgres|stack|\.ts:/i)
}

const anyType = [null, {}, [], [[]], { $ne: 1 }]
const byType: Record<string, unknown[]> = {
  string: [true, 5, '', 'a\0b', 'a\ud800b', '\udc00', 'x'.repeat(5000)],
  boolean: ['true', 1, 0],
  integer: [true, '1', 1.5, -1, 2 ** 53, 1e308, '5; drop table trips'],
}

interface Property {
  type?: string
  minItems?: number
  anyOf?: Property[]
}

/** Wrong values for a property; null and an empty list are right where the schema says so. */
function badValues(property: Property): unknown[] {
  const [first = property, ...others] = property.anyOf ?? []
  const allowed = [property, first, ...others]
  const wrong = anyType.filter(
    (value) =>
      !(value === null && allowed.some(({ type }) => type === 'null')) &&
      !(Array.isArray(value) && value.length === 0 && allowed.some(({ type, minItems }) => type === 'array' && !minItems)),
  )
  return [...wrong, ...(byType[first.type ?? ''] ?? [])]
}

describe.each(procedures)('%s', (path, procedure) => {
  const input = valid[path] ?? {}
  const schema = z.toJSONSchema(procedure._def.inputs[0] ?? z.never(), { io: 'input' }) as {
    properties?: Record<string, Property>
  }

  it('lets a whole valid input through to the database (here: UNAVAILABLE)', async () => {
    expect(Object.keys(input).toSorted()).toEqual(Object.keys(schema.properties ?? {}).toSorted())
    expect(refusalOf(await send(path, JSON.stringify(input))).code).toBe('UNAVAILABLE')
  })

  it('refuses every member with a wrong type or a value out of bounds and names the field (BAD_INPUT)', async () => {
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      for (const value of badValues(property)) {
        const response = await send(path, JSON.stringify({ ...input, [name]: value }))
        expectBadInput(response, `${name}: ${JSON.stringify(value).slice(0, 40)}`)
        expect(refusalOf(response).field).toMatch(new RegExp(`^${name}\\b`))
      }
    }
  })

  it('refuses an unknown key by its name (BAD_INPUT, UNKNOWN_KEY)', async () => {
    for (const key of ['surprise', 'toString', 'actor', 'isAdmin', 'a\u0000b']) {
      const response = await send(path, JSON.stringify({ ...input, [key]: 1 }))
      expectBadInput(response, key)
      expect(refusalOf(response)).toMatchObject({ field: key.replace('\0', '\uFFFD'), details: { reason: 'UNKNOWN_KEY' } })
    }
  })

  it('refuses keys that reach into prototypes (BAD_INPUT, UNKNOWN_KEY)', async () => {
    for (const key of ['__proto__', 'constructor', 'prototype', '\\u005f_proto__']) {
      const content = JSON.stringify({ ...input, zzz: { polluted: true } }).replace('"zzz"', `"${key}"`)
      const response = await send(path, content)
      expectBadInput(response, key)
      expect(refusalOf(response).details).toMatchObject({ reason: 'UNKNOWN_KEY' })
    }
    expect({}).not.toHaveProperty('polluted')
  })

  it('refuses what is no object (BAD_INPUT)', async () => {
    for (const content of ['5', '"text"', 'true', '[]', '[{}]', 'null']) expectBadInput(await send(path, content), content)
  })

  it('refuses what is no JSON (BAD_INPUT, NOT_JSON)', async () => {
    for (const content of ['{', '{"a":1,}', "{'a':1}", 'undefined', '{"a":01}', '\ufeff\ufeff{}', '{}{}']) {
      const response = await send(path, content)
      expectBadInput(response, content)
      expect(refusalOf(response).details).toEqual({ reason: 'NOT_JSON' })
    }
  })

  it('refuses deep input (BAD_INPUT, TOO_DEEP)', async () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const response = await send(path, `${open.repeat(2000)}1${close.repeat(2000)}`)
      expectBadInput(response, open)
      expect(refusalOf(response).details).toEqual({ reason: 'TOO_DEEP' })
    }
  })
})

const times: [string, string][] = [
  ['2028-05-01T10:00:00', 'OFFSET_REQUIRED'],
  ['2028-05-01', 'OFFSET_REQUIRED'],
  ['2028-05-01 10:00', 'OFFSET_REQUIRED'],
  ['2028-05-01T10:00:00.1234567Z', 'BAD_TIMESTAMP'],
  ['2028-05-01T10:00:00+16:00', 'BAD_TIMESTAMP'],
  ['2028-05-01T10:00:00+23:59', 'BAD_TIMESTAMP'],
  ['2028-05-01T10:00:00+02:60', 'BAD_TIMESTAMP'],
  ['2028-05-01T24:00:00Z', 'BAD_TIMESTAMP'],
  ['2028-05-01T10:00:60Z', 'BAD_TIMESTAMP'],
  ['2027-02-29T10:00:00Z', 'BAD_TIMESTAMP'],
  ['2028-13-01T10:00:00Z', 'BAD_TIMESTAMP'],
  ['1899-12-31T23:59:59Z', 'BAD_TIMESTAMP'],
  ['1900-01-01T00:00:00+00:01', 'BAD_TIMESTAMP'],
  ['9999-01-01T00:00:00Z', 'BAD_TIMESTAMP'],
  ['+010000-01-01T00:00:00Z', 'BAD_TIMESTAMP'],
  ['infinity', 'BAD_TIMESTAMP'],
  ['now', 'BAD_TIMESTAMP'],
  ['2028-05-01T10:00:00Z\n', 'BAD_TIMESTAMP'],
]

describe('an instant', () => {
  it.each(times)('%j is refused (BAD_INPUT, %s)', async (startDate, reason) => {
    const response = await send('trips.create', JSON.stringify({ carId: id, ...period, startDate }))
    expectBadInput(response, startDate)
    expect(refusalOf(response)).toMatchObject({ field: 'startDate', details: { reason } })
  })

  it.each([
    '1900-01-01T00:00:00Z',
    '9998-12-31T23:59:59.999999Z',
    '2028-02-29T10:00Z',
    '2028-05-01T10:00:00.5+15:59',
    '2028-05-01T10:00:00-15:59',
  ])('%s is accepted', async (startDate) => {
    expect(refusalOf(await send('trips.create', JSON.stringify({ carId: id, ...period, startDate }))).code).toBe('UNAVAILABLE')
  })
})
