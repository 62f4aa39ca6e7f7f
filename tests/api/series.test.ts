// Recurring trips over REST and tRPC: the rule in, the trips out, and what a refusal says about each occurrence.
import { describe, expect, it } from 'vitest'
import { openTestApp } from '../support/app.ts'

describe('POST /api/trips/series', async () => {
  const app = await openTestApp()
  const tokens = {
    owner: await app.token('owner@demo.fleetflow.dev'),
    manager: await app.token('manager@demo.fleetflow.dev'),
    renter: await app.token('renter@demo.fleetflow.dev'),
    stranger: await app.token('somebody.else@example.com'),
  }

  async function ask(method: string, url: string, token: string | undefined, body?: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(`${app.url}${url}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, headers: response.headers, body: (await response.json()) as Record<string, unknown> }
  }
  const cars = (await ask('GET', '/api/cars?fleet=demo&limit=5', tokens.manager)).body.items as { id: string }[]
  const post = (body: object, token: string | undefined = tokens.renter, headers = {}) =>
    ask('POST', '/api/trips/series', token, body, headers)
  /** Eight Mondays and Wednesdays on either side of the day on which Lisbon moves its clocks. */
  const weekly = { rrule: 'FREQ=WEEKLY;BYDAY=MO,WE;COUNT=8', localStart: '2031-03-17T09:00', localEnd: '2031-03-17T17:00' }

  it('books each occurrence by the clock of the car: 201 and the trips of one series', async () => {
    const { status, body } = await post({ carId: cars[0]?.id, ...weekly })
    expect(status).toBe(201)
    const trips = body.trips as { seriesId: string; startDate: string; totalCost: number }[]
    expect(trips.map(({ startDate }) => startDate.slice(0, 16))).toEqual([
      '2031-03-17T09:00',
      '2031-03-19T09:00',
      '2031-03-24T09:00',
      '2031-03-26T09:00',
      '2031-03-31T08:00',
      '2031-04-02T08:00',
      '2031-04-07T08:00',
      '2031-04-09T08:00',
    ])
    expect(new Set(trips.map(({ seriesId }) => seriesId))).toEqual(new Set([body.seriesId]))
    expect(body).toMatchObject({ totalCost: trips.reduce((sum, trip) => sum + trip.totalCost, 0), currency: 'EUR', skipped: [] })
  })

  it('refuses the whole series where one occurrence is taken and lists those that are (TRIP_OVERLAP), or skips them', async () => {
    const carId = cars[1]?.id
    const taken = await ask('POST', '/api/trips', tokens.manager, {
      carId,
      startDate: '2031-03-31T10:00:00Z',
      endDate: '2031-03-31T11:00:00Z',
    })
    expect(taken.status).toBe(201)
    const refused = await post({ carId, ...weekly })
    expect(refused).toMatchObject({
      status: 409,
      body: {
        code: 'TRIP_OVERLAP',
        details: { occurrences: [{ startDate: '2031-03-31T08:00:00.000Z', endDate: '2031-03-31T16:00:00.000Z', code: 'TRIP_OVERLAP' }] },
      },
    })
    const skipped = await post({ carId, ...weekly, onConflict: 'skip' })
    expect(skipped).toMatchObject({ status: 201, body: { skipped: [{ startDate: '2031-03-31T08:00:00.000Z', code: 'TRIP_OVERLAP' }] } })
    expect(skipped.body.trips).toHaveLength(7)
  })

  it('answers a repeated key with the same series, marked as replayed', async () => {
    const series = { carId: cars[2]?.id, ...weekly, idempotencyKey: 'weekly' }
    const [first, second] = [await post(series), await post(series)]
    expect([second.status, second.headers.get('idempotency-replayed'), second.body]).toEqual([201, 'true', first.body])
  })

  it('is for members where it is no rental (FORBIDDEN), for somebody (UNAUTHENTICATED), for a car that is there (NOT_FOUND)', async () => {
    const maintenance = { carId: cars[3]?.id, ...weekly, purpose: 'maintenance' }
    for (const token of [tokens.renter, tokens.stranger]) {
      expect(await post(maintenance, token)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } })
    }
    expect(await ask('POST', '/api/trips/series', undefined, maintenance)).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } })
    expect((await post({ ...maintenance, dryRun: true }, tokens.owner)).status).toBe(201)
    expect(await post(maintenance, tokens.manager)).toMatchObject({ status: 201, body: { totalCost: 0 } })
    const absent = { carId: '0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091', ...weekly }
    expect(await post(absent)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND', field: 'carId' } })
  })

  it('refuses rules that are none, never end or hold too much, and says why (BAD_INPUT)', async () => {
    const cases = [
      ['every Monday', 'BAD_RULE'],
      ['FREQ=DAILY', 'UNBOUNDED'],
      ['FREQ=DAILY;COUNT=201', 'TOO_MANY'],
      ['FREQ=DAILY;UNTIL=20310601T090000Z', 'UNTIL_LOCAL'],
      ['FREQ=DAILY;INTERVAL=1;COUNT=2', 'OCCURRENCES_OVERLAP'],
    ] as const
    for (const [rrule, reason] of cases) {
      const { status, body } = await post({ carId: cars[0]?.id, rrule, localStart: '2031-06-02T09:00', localEnd: '2031-06-03T17:00' })
      expect([rrule, status, body.code, body.field, body.details]).toMatchObject([rrule, 400, 'BAD_INPUT', 'rrule', { reason }])
    }
  })

  it('answers the same over tRPC', async () => {
    const answer = await ask('POST', '/trpc/trips.createSeries', tokens.renter, {
      carId: cars[4]?.id,
      rrule: 'FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3',
      localStart: '2031-01-31T09:00',
      localEnd: '2031-01-31T10:00',
      dryRun: true,
    })
    const { trips } = (answer.body as { result: { data: { trips: { startDate: string }[] } } }).result.data
    expect(trips.map(({ startDate }) => startDate.slice(0, 10))).toEqual(['2031-01-31', '2031-02-28', '2031-03-31'])
  })
})
