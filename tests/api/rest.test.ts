// The REST face on a real database: the status, the headers and the problem of every route, and the same rules as over tRPC.
import { beforeAll, describe, expect, it } from 'vitest'
import { openTestApp } from '../support/app.ts'

/** What the tests read out of an answer by name; the rest they compare as a whole. */
interface Body {
  id: string
  carId: string
  tripId: string
  status: string | number
  version: number
  endDate: string
  totalCost: number
  lines: { amount: number }[]
  items: { id: string }[]
  nextCursor: string | null
  fleets: unknown[]
  type: string
  code: string
  field: string
  details: { reason?: string }
}

interface Answer {
  status: number
  headers: Headers
  body: Body
}

describe('REST', async () => {
  const app = await openTestApp()
  const tokens = { renter: await app.token('renter@demo.fleetflow.dev'), manager: await app.token('manager@demo.fleetflow.dev') }
  const stranger = await app.token('stranger@example.com')

  async function ask(method: string, path: string, body?: unknown, token = tokens.renter): Promise<Answer> {
    const response = await fetch(`${app.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, headers: response.headers, body: (await response.json()) as Body }
  }

  /** Far from everything that the demo fleet has; each test takes a month of its own. */
  const period = (month: string) => ({ startDate: `2031-${month}-01T10:00:00+02:00`, endDate: `2031-${month}-03T10:00:00+02:00` })
  let carId = ''
  beforeAll(async () => {
    carId = (await ask('GET', '/api/cars?fleet=demo&limit=1')).body.items[0]?.id ?? ''
  })

  it('POST /api/trips books: 201, Location, times in UTC, money in minor units', async () => {
    const { status, headers, body } = await ask('POST', '/api/trips', { carId, ...period('01') })
    expect([status, headers.get('location'), headers.get('cache-control')]).toEqual([201, `/api/trips/${body.id}`, 'no-store'])
    expect(body).toMatchObject({
      carId,
      startDate: '2031-01-01T08:00:00.000Z',
      status: 'confirmed',
      purpose: 'rental',
      version: 1,
      currency: 'EUR',
    })
    expect(Number.isSafeInteger(body.totalCost)).toBe(true)
    const read = await ask('GET', headers.get('location') ?? '')
    expect(read.body).toMatchObject({ id: body.id })
    expect(read.body.lines.reduce((sum: number, line: { amount: number }) => sum + line.amount, 0)).toBe(body.totalCost)
  })

  it('POST /api/trips refuses an overlapping trip with a problem that says what is in the way (TRIP_OVERLAP)', async () => {
    await ask('POST', '/api/trips', { carId, ...period('02') })
    const { status, headers, body } = await ask('POST', '/api/trips', { carId, ...period('02') })
    expect([status, headers.get('content-type')]).toEqual([409, 'application/problem+json; charset=utf-8'])
    expect(body).toMatchObject({
      type: '/problems/trip-overlap',
      title: 'The car is not free for the whole period.',
      status: 409,
      instance: '/api/trips',
      code: 'TRIP_OVERLAP',
      retryable: false,
      details: { conflicts: [{ startDate: expect.any(String), endDate: expect.any(String) }], nextFree: expect.any(String) },
      requestId: headers.get('x-request-id'),
    })
    expect((await ask('GET', body.type)).body).toMatchObject({ code: 'TRIP_OVERLAP', status: 409 })
  })

  it('refuses what the database knows better, with its code and field', async () => {
    const absent = '0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091'
    const [from, to] = [period('03').startDate, period('03').endDate]
    const cases: [string, Promise<Answer>, number, object][] = [
      ['no car', ask('POST', '/api/trips', { carId: absent, ...period('03') }), 404, { code: 'NOT_FOUND', field: 'carId' }],
      ['reversed', ask('POST', '/api/trips', { carId, startDate: to, endDate: from }), 400, { code: 'BAD_INPUT', field: 'endDate' }],
      [
        'past',
        ask('POST', '/api/trips', { carId, startDate: '2020-01-01T10:00Z', endDate: '2020-01-02T10:00Z' }),
        422,
        { code: 'TOO_SOON', field: 'startDate' },
      ],
      ['long', ask('POST', '/api/trips', { carId, startDate: from, endDate: '2041-01-01T10:00Z' }), 422, { code: 'TOO_LONG' }],
      [
        'price',
        ask('POST', '/api/trips', { carId, ...period('03'), maxTotal: 1 }),
        409,
        { code: 'PRICE_CHANGED', details: { currency: 'EUR' } },
      ],
      ['block', ask('POST', '/api/trips', { carId, ...period('03'), purpose: 'repair' }), 403, { code: 'FORBIDDEN' }],
      ['fleet', ask('GET', '/api/trips?fleet=demo'), 404, { code: 'NOT_FOUND', field: 'fleet' }],
      ['cursor', ask('GET', '/api/cars?cursor=nonsense'), 400, { code: 'BAD_INPUT', field: 'cursor', details: { reason: 'BAD_CURSOR' } }],
    ]
    for (const [name, answer, status, problem] of cases) {
      const { body, ...rest } = await answer
      expect([name, rest.status, body.status]).toEqual([name, status, status])
      expect(body).toMatchObject(problem)
    }
  })

  it('PATCH /api/trips/:id changes the times, guarded by the version (VERSION_MISMATCH)', async () => {
    const trip = (await ask('POST', '/api/trips', { carId, ...period('04') })).body
    const later = { endDate: '2031-04-05T10:00:00+02:00', version: 1 }
    const moved = await ask('PATCH', `/api/trips/${trip.id}`, later)
    expect([moved.status, moved.body.version, moved.body.endDate]).toEqual([200, 2, '2031-04-05T08:00:00.000Z'])
    const again = await ask('PATCH', `/api/trips/${trip.id}`, later)
    expect([again.status, again.body.code, again.body.details]).toEqual([412, 'VERSION_MISMATCH', { version: 2 }])
  })

  it('PATCH /api/trips/:id with status "cancelled" cancels and frees the car; a second time is refused (INVALID_STATE)', async () => {
    const trip = (await ask('POST', '/api/trips', { carId, ...period('05') })).body
    const cancelled = await ask('PATCH', `/api/trips/${trip.id}`, { status: 'cancelled', reason: 'Plans changed', version: 1 })
    expect(cancelled.body).toMatchObject({ status: 'cancelled', cancelReason: 'Plans changed', totalCost: 0 })
    expect((await ask('POST', '/api/trips', { carId, ...period('05') })).status).toBe(201)
    const again = await ask('PATCH', `/api/trips/${trip.id}`, { status: 'cancelled' })
    expect(again.body).toMatchObject({ code: 'INVALID_STATE', details: { from: 'cancelled', operation: 'cancel' } })
  })

  it.each([
    [{ status: 'cancelled', endDate: '2031-06-05T10:00:00Z' }, 'endDate'],
    [{ reason: 'why', endDate: '2031-06-05T10:00:00Z' }, 'reason'],
    [{ status: 'confirmed' }, 'status'],
    [{ status: null }, 'status'],
    [{ id: '0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091', version: 1 }, 'id'],
    [{ totalCost: 0 }, 'totalCost'],
  ])('PATCH /api/trips/:id refuses %j, naming %s (BAD_INPUT)', async (body, field) => {
    const answer = await ask('PATCH', '/api/trips/0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091', body)
    expect([answer.status, answer.body.code, answer.body.field]).toEqual([400, 'BAD_INPUT', field])
  })

  it('PATCH /api/trips/:id refuses to change nothing (BAD_INPUT)', async () => {
    for (const body of [{}, { version: 1 }]) {
      const answer = await ask('PATCH', '/api/trips/0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091', body)
      expect([answer.status, answer.body.details.reason]).toEqual([400, 'NOTHING_TO_CHANGE'])
    }
  })

  it('GET lists in pages that neither lose nor repeat anything', async () => {
    const whole = (await ask('GET', '/api/cars?fleet=demo&limit=100')).body
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: Answer = await ask('GET', `/api/cars?fleet=demo&limit=5${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)
      seen.push(...page.body.items.map((car: { id: string }) => car.id))
      cursor = page.body.nextCursor
    }
    expect(seen.length).toBeGreaterThanOrEqual(12)
    expect(seen).toEqual(whole.items.map((car: { id: string }) => car.id))
    expect(whole.nextCursor).toBeNull()
  })

  it.each([
    ['/api/cars?limit=0', 'limit'],
    ['/api/cars?limit=101', 'limit'],
    ['/api/cars?limit=1e2', 'limit'],
    ['/api/cars?limit=', 'limit'],
    ['/api/cars?limit=5&limit=6', 'limit'],
    ['/api/cars?fleet=a%00b', 'fleet'],
    ['/api/cars?surprise=1', 'surprise'],
    ['/api/cars?__proto__=1', '__proto__'],
    ['/api/cars/not-an-id', 'id'],
    ['/api/cars/0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091?id=1', 'id'],
    ['/api/reviews', 'carId'],
    ['/api/trips?status=parked', 'status'],
    ['/api/me?x=1', 'x'],
  ])('GET %s is refused, naming %s (BAD_INPUT)', async (path, field) => {
    const { status, body } = await ask('GET', path)
    expect([status, body.code, body.field]).toEqual([400, 'BAD_INPUT', field])
  })

  it('shows a trip to its renter and its fleet, to nobody else (NOT_FOUND)', async () => {
    const { id } = (await ask('POST', '/api/trips', { carId, ...period('07') })).body
    const read = async (token: string) => (await ask('GET', `/api/trips/${id}`, undefined, token)).status
    expect([await read(tokens.renter), await read(tokens.manager), await read(stranger)]).toEqual([200, 200, 404])
    const fleets = (await ask('GET', '/api/trips?fleet=demo&status=confirmed&limit=100', undefined, tokens.manager)).body.items
    expect(fleets.map((trip: { id: string }) => trip.id)).toContain(id)
    expect((await ask('GET', '/api/trips', undefined, stranger)).body).toEqual({ items: [], nextCursor: null })
  })

  it('POST /api/reviews takes one review of a completed rental (ALREADY_REVIEWED, FORBIDDEN)', async () => {
    const mine = (await ask('GET', '/api/trips?status=completed&limit=100')).body.items
    const answers = await Promise.all(
      mine.map((trip: { id: string }) => ask('POST', '/api/reviews', { tripId: trip.id, rating: 4, comment: 'Fine' })),
    )
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.code ?? ''}`))).toEqual(new Set(['201 ', '409 ALREADY_REVIEWED']))
    const made = answers.find(({ status }) => status === 201)?.body
    expect(made).toMatchObject({ rating: 4, comment: 'Fine', author: expect.any(String) })
    const listed = (await ask('GET', `/api/reviews?carId=${made?.carId}`)).body.items
    expect(listed).toContainEqual(made)
    const other = await ask('POST', '/api/reviews', { tripId: made?.tripId, rating: 4 }, tokens.manager)
    expect([other.status, other.body.code]).toEqual([403, 'FORBIDDEN'])
  })

  it('GET /api/me knows the person and the fleets, and makes a user of a stranger', async () => {
    expect((await ask('GET', '/api/me', undefined, tokens.manager)).body.fleets).toMatchObject([{ slug: 'demo', role: 'manager' }])
    const first = (await ask('GET', '/api/me', undefined, await app.token('New.Person@Example.com'))).body
    expect(first).toMatchObject({ email: 'New.Person@Example.com', isAdmin: false, fleets: [] })
    expect((await ask('GET', '/api/me', undefined, await app.token('new.person@example.com'))).body.id).toBe(first.id)
  })

  it('answers the same over tRPC', async () => {
    const viaRest = (await ask('GET', `/api/cars/${carId}`)).body
    const viaTrpc = (await ask('GET', `/trpc/cars.get?input=${encodeURIComponent(JSON.stringify({ id: carId }))}`)).body
    expect(viaTrpc).toEqual({ result: { data: viaRest } })
  })
})
