// Quotes and rate plans over REST: the status, the headers and the problem of every route.
import { describe, expect, it } from 'vitest'
import { openTestApp } from '../support/app.ts'

interface Body {
  id: string
  totalCost: number
  lines: { amount: number }[]
  items: { id: string; name: string; version: number }[]
  versions: unknown[]
  code: string
  field: string
  details: { quote: { id: string; totalCost: number } }
}

const tariff = { dayRate: 6000, hourRate: 900, minimumCharge: 0, extras: [{ code: 'seat', name: 'Child seat', per: 'day', amount: 500 }] }
const period = (month: string) => ({ startDate: `2032-${month}-01T10:00:00Z`, endDate: `2032-${month}-03T10:00:00Z` })

describe('REST', async () => {
  const app = await openTestApp()
  const tokens = {
    renter: await app.token('renter@demo.fleetflow.dev'),
    manager: await app.token('manager@demo.fleetflow.dev'),
    nobody: 'not a token',
  }

  async function ask(method: string, path: string, body?: unknown, by: keyof typeof tokens = 'renter') {
    const response = await fetch(`${app.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${tokens[by]}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, headers: response.headers, body: (await response.json()) as Body }
  }

  const carId = (await ask('GET', '/api/cars?fleet=demo&limit=1')).body.items[0]?.id ?? ''

  it('POST /api/quotes promises a price (201), and POST /api/trips with its id is charged it', async () => {
    const { status, body } = await ask('POST', '/api/quotes', { carId, ...period('01') })
    expect(status).toBe(201)
    expect(body.lines.reduce((sum, line) => sum + line.amount, 0)).toBe(body.totalCost)
    const trip = await ask('POST', '/api/trips', { carId, ...period('01'), quoteId: body.id })
    expect([trip.status, trip.body.totalCost]).toEqual([201, body.totalCost])
    const again = await ask('POST', '/api/trips', { carId, ...period('01'), quoteId: body.id })
    expect([again.status, again.body.code, again.body.details.quote.totalCost]).toEqual([409, 'QUOTE_USED', body.totalCost])
  })

  it('POST /api/trips above maxTotal is a problem with a quote that can be booked (PRICE_CHANGED)', async () => {
    const { status, body } = await ask('POST', '/api/trips', { carId, ...period('02'), maxTotal: 1 })
    expect([status, body.code]).toEqual([409, 'PRICE_CHANGED'])
    const trip = await ask('POST', '/api/trips', { carId, ...period('02'), quoteId: body.details.quote.id })
    expect([trip.status, trip.body.totalCost]).toEqual([201, body.details.quote.totalCost])
  })

  it('POST /api/quotes with an Idempotency-Key makes one quote', async () => {
    const send = () =>
      fetch(`${app.url}/api/quotes`, {
        method: 'POST',
        headers: { authorization: `Bearer ${tokens.renter}`, 'content-type': 'application/json' },
        body: JSON.stringify({ carId, ...period('03'), idempotencyKey: 'one quote' }),
      }).then((response) => response.json() as Promise<Body>)
    expect((await send()).id).toBe((await send()).id)
  })

  it('rate plans are stored (201, Location), listed, read, assigned and tried', async () => {
    const made = await ask('POST', '/api/rate-plans', { fleet: 'demo', name: 'Weekend', tariff }, 'manager')
    expect([made.status, made.headers.get('location')]).toEqual([201, `/api/rate-plans/${made.body.id}`])
    const read = await ask('GET', made.headers.get('location') ?? '', undefined, 'manager')
    expect([read.status, read.body.versions.length]).toEqual([200, 1])
    const listed = await ask('GET', '/api/rate-plans?fleet=demo&limit=100', undefined, 'manager')
    expect(listed.body.items).toContainEqual(expect.objectContaining({ id: made.body.id, name: 'Weekend', version: 1 }))
    expect((await ask('POST', '/api/rate-plans/assign', { fleet: 'demo', ratePlanId: made.body.id, carId }, 'manager')).status).toBe(200)
    const quote = { carId, ...period('04'), extras: [{ code: 'seat' }], preview: true }
    expect((await ask('POST', '/api/quotes', quote)).body).toMatchObject({ id: null, totalCost: 13_000 })
    const tried = { fleet: 'demo', tariff: { ...tariff, dayRate: 7000 }, ...period('04') }
    expect((await ask('POST', '/api/rate-plans/preview', tried, 'manager')).body.totalCost).toBe(14_000)
  })

  it('a tariff that could not be priced is refused by its path (BAD_INPUT)', async () => {
    const tiers = [
      { days: 7, ppm: 1 },
      { days: 8, ppm: 2 },
    ]
    for (const [field, change] of [
      ['tariff.dayRate', { dayRate: -1 }],
      ['tariff.tiers.1', { tiers }],
    ] as const) {
      const { status, body } = await ask(
        'POST',
        '/api/rate-plans',
        { fleet: 'demo', name: 'Bad', tariff: { ...tariff, ...change } },
        'manager',
      )
      expect([status, body.code, body.field]).toEqual([400, 'BAD_INPUT', field])
    }
  })

  it('rate plans are nothing for renters (NOT_FOUND), and nothing at all without a token (UNAUTHENTICATED)', async () => {
    for (const [by, status, code] of [
      ['renter', 404, 'NOT_FOUND'],
      ['nobody', 401, 'UNAUTHENTICATED'],
    ] as const) {
      for (const answer of [
        await ask('GET', '/api/rate-plans?fleet=demo', undefined, by),
        await ask('POST', '/api/rate-plans', { fleet: 'demo', name: 'Mine', tariff }, by),
        await ask('POST', '/api/rate-plans/preview', { fleet: 'demo', tariff, ...period('05') }, by),
      ]) {
        expect([answer.status, answer.body.code]).toEqual([status, code])
      }
    }
  })
})
