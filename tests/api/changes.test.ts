// trips.modify, trips.swap and trips.block over REST and tRPC: statuses, problems, and who may.
import { beforeAll, describe, expect, it } from 'vitest'
import { openTestApp } from '../support/app.ts'

interface Answer {
  status: number
  body: { id: string; carId: string; version: number; [member: string]: unknown }
}

describe('changes over HTTP', async () => {
  const app = await openTestApp()
  const tokens = {
    nobody: undefined,
    renter: await app.token('renter@demo.fleetflow.dev'),
    manager: await app.token('manager@demo.fleetflow.dev'),
    driver: await app.token('driver@demo.fleetflow.dev'),
    stranger: await app.token('somebody.else@example.com'),
  }
  type Who = keyof typeof tokens

  async function ask(who: Who, method: string, path: string, body?: unknown): Promise<Answer> {
    const token = tokens[who]
    const response = await fetch(`${app.url}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: (await response.json()) as Answer['body'] }
  }

  /** Far from everything that the demo fleet has; each test takes a month of its own. */
  const period = (month: string, from = '01', to = '03') => ({
    startDate: `2031-${month}-${from}T10:00:00Z`,
    endDate: `2031-${month}-${to}T10:00:00Z`,
  })
  let cars: string[] = []
  beforeAll(async () => {
    const rows = await app.database.sys<{ id: string }[]>`
      select c.id from cars as c join fleets as f on f.id = c.fleet_id
       where f.slug = 'demo' and c.car_class_id = (
         select x.car_class_id from cars as x where x.fleet_id = f.id group by x.car_class_id having count(*) >= 3 order by 1 limit 1)
       order by c.id`
    cars = rows.map((row) => row.id)
  })
  const book = async (car: number, month: string, from?: string, to?: string) =>
    (await ask('renter', 'POST', '/api/trips', { carId: cars[car], ...period(month, from, to) })).body

  it('PATCH /api/trips/:id gives a trip another car for a manager; the renter may not (FORBIDDEN), a stranger finds none (NOT_FOUND)', async () => {
    const trip = await book(0, '01')
    const change = { carId: cars[1], version: 1 }
    for (const [who, status, code] of [
      ['nobody', 401, 'UNAUTHENTICATED'],
      ['stranger', 404, 'NOT_FOUND'],
      ['renter', 403, 'FORBIDDEN'],
    ] as const)
      expect(await ask(who, 'PATCH', `/api/trips/${trip.id}`, change)).toMatchObject({ status, body: { code } })
    expect(await ask('manager', 'PATCH', `/api/trips/${trip.id}`, { ...change, dryRun: true })).toMatchObject({
      status: 200,
      body: { carId: cars[1], version: 2 },
    })
    expect(await ask('manager', 'PATCH', `/api/trips/${trip.id}`, change)).toMatchObject({
      status: 200,
      body: { carId: cars[1], version: 2 },
    })
    expect(await ask('manager', 'PATCH', `/api/trips/${trip.id}`, { carId: cars[0], version: 1 })).toMatchObject({
      status: 412,
      body: { code: 'VERSION_MISMATCH', details: { version: 2 } },
    })
  })

  it('PATCH /api/trips/:id names a driver and takes them off again with null; a busy one is refused (DRIVER_BUSY)', async () => {
    const me = (await ask('renter', 'GET', '/api/me')).body.id
    const [trip, other] = [await book(0, '02'), await book(1, '02')]
    expect(await ask('renter', 'PATCH', `/api/trips/${trip.id}`, { driverId: me })).toMatchObject({ status: 200, body: { driverId: me } })
    const { startDate, endDate } = period('02')
    expect(await ask('renter', 'PATCH', `/api/trips/${other.id}`, { driverId: me })).toMatchObject({
      status: 409,
      body: {
        code: 'DRIVER_BUSY',
        field: 'driverId',
        details: { windows: [{ startDate: new Date(startDate).toISOString(), endDate: new Date(endDate).toISOString() }] },
      },
    })
    expect(await ask('renter', 'PATCH', `/api/trips/${trip.id}`, { driverId: null })).toMatchObject({
      status: 200,
      body: { driverId: null },
    })
    expect(await ask('renter', 'PATCH', `/api/trips/${trip.id}`, {})).toMatchObject({
      status: 400,
      body: { code: 'BAD_INPUT', details: { reason: 'NOTHING_TO_CHANGE' } },
    })
  })

  it('POST /api/trips/swap lets two trips change cars for a manager, and is refused to everybody else', async () => {
    const [trip, other] = [await book(0, '03'), await book(1, '03', '02', '05')]
    const swap = { id: trip.id, otherId: other.id, version: 1, otherVersion: 1 }
    for (const [who, status, code] of [
      ['nobody', 401, 'UNAUTHENTICATED'],
      ['stranger', 404, 'NOT_FOUND'],
      ['renter', 403, 'FORBIDDEN'],
    ] as const)
      expect(await ask(who, 'POST', '/api/trips/swap', swap)).toMatchObject({ status, body: { code } })
    expect(await ask('manager', 'POST', '/api/trips/swap', swap)).toMatchObject({
      status: 200,
      body: {
        trips: [
          { id: trip.id, carId: cars[1], version: 2 },
          { id: other.id, carId: cars[0], version: 2 },
        ],
      },
    })
    expect(await ask('manager', 'POST', '/trpc/trips.swap', swap)).toMatchObject({
      status: 412,
      body: { error: { data: { code: 'VERSION_MISMATCH', field: 'id', details: { version: 2 } } } },
    })
    await book(0, '03', '08', '09')
    await ask('manager', 'PATCH', `/api/trips/${other.id}`, { endDate: '2031-03-07T10:00:00Z' })
    await book(1, '03', '06', '07')
    expect(await ask('manager', 'POST', '/api/trips/swap', { id: trip.id, otherId: other.id })).toMatchObject({
      status: 409,
      body: { code: 'TRIP_OVERLAP' },
    })
  })

  it('POST /api/blocks plans, applies the plan (201) and refuses it when it is stale (PLAN_STALE); only the fleet may', async () => {
    const trip = await book(0, '04')
    const block = { carId: cars[0], ...period('04', '02', '10'), purpose: 'repair', note: 'Brakes' }
    for (const [who, status, code] of [
      ['nobody', 401, 'UNAUTHENTICATED'],
      ['stranger', 403, 'FORBIDDEN'],
      ['renter', 403, 'FORBIDDEN'],
    ] as const)
      expect(await ask(who, 'POST', '/api/blocks', { ...block, dryRun: true })).toMatchObject({ status, body: { code } })
    expect(await ask('manager', 'POST', '/api/blocks', block)).toMatchObject({ status: 409, body: { code: 'TRIP_OVERLAP' } })
    const planned = await ask('manager', 'POST', '/api/blocks', { ...block, dryRun: true })
    expect(planned).toMatchObject({ status: 201, body: { trip: null, inTheWay: [{ tripId: trip.id, version: 1 }] } })
    const { plan } = planned.body
    expect(await ask('manager', 'POST', '/api/blocks', { ...block, plan })).toMatchObject({
      status: 201,
      body: { trip: { purpose: 'repair', note: 'Brakes', totalCost: 0 }, plan },
    })
    expect(await ask('manager', 'POST', '/api/blocks', { ...block, plan })).toMatchObject({
      status: 409,
      body: {
        code: 'PLAN_STALE',
        field: 'plan',
        retryable: false,
        details: { changes: [{ change: 'NEW' }, { tripId: trip.id, change: 'GONE' }] },
      },
    })
    expect(await ask('manager', 'POST', '/api/blocks', { ...block, plan: { moves: [{}] } })).toMatchObject({
      status: 400,
      body: { code: 'BAD_INPUT' },
    })
  })
})
