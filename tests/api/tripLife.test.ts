// The life of a trip over REST: the path, the status and the answer of every step, and the problem of each refusal.
import { beforeAll, describe, expect, it } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { inMinutes, passTime } from '../support/clock.ts'
import { openSuperuser } from '../support/superuser.ts'

interface Body {
  id: string
  status: string | number
  version: number
  code: string
  field: string
  details: Record<string, unknown>
  refund: number
  items: { id: string }[]
}

describe('the life of a trip over REST', async () => {
  const app = await openTestApp()
  const superuser = openSuperuser(app.database)
  const tokens = {
    renter: await app.token('renter@demo.fleetflow.dev'),
    manager: await app.token('manager@demo.fleetflow.dev'),
    stranger: await app.token('stranger@example.com'),
  }

  async function ask(
    method: string,
    path: string,
    body?: unknown,
    token: string | null = tokens.renter,
    headers: Record<string, string> = {},
  ) {
    const response = await fetch(`${app.url}${path}`, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, headers: response.headers, body: (await response.json()) as Body }
  }

  /** A car for each test: what happens on one is nobody's business on another. */
  const cars: string[] = []
  beforeAll(async () => {
    cars.push(...(await ask('GET', '/api/cars?fleet=demo&limit=100')).body.items.map(({ id }) => id))
    await superuser`delete from trip_lines where trip_id in (select id from trips where trip_end_date > now())`
    await superuser`delete from trips where trip_end_date > now()`
  })
  const nextCar = () => cars.pop() ?? ''
  const period = (from: number, to: number) => ({ startDate: inMinutes(from), endDate: inMinutes(to) })

  it('POST /api/holds keeps a car: 201 and the path of the trip; POST /api/trips makes it the booking', async () => {
    const carId = nextCar()
    const times = period(600, 900)
    const held = await ask('POST', '/api/holds', { carId, ...times, minutes: 5 })
    expect([held.status, held.headers.get('location'), held.body.status]).toEqual([201, `/api/trips/${held.body.id}`, 'held'])
    const booked = await ask('POST', '/api/trips', { carId, ...times })
    expect([booked.status, booked.body.id, booked.body.status]).toEqual([201, held.body.id, 'confirmed'])
    const refused = await ask('POST', '/api/holds', { carId, ...times }, tokens.stranger)
    expect([refused.status, refused.body.code]).toEqual([409, 'TRIP_OVERLAP'])
    const other = period(2000, 2100)
    const sent = () => ask('POST', '/api/holds', { carId, ...other }, tokens.renter, { 'idempotency-key': 'once' })
    const [first, second] = [await sent(), await sent()]
    expect([first.status, second.status, second.headers.get('idempotency-replayed')]).toEqual([201, 201, 'true'])
    expect(second.body).toEqual(first.body)
  })

  it('POST /api/holds refuses a fourth (QUOTA_EXCEEDED) and 31 minutes (BAD_INPUT)', async () => {
    const carId = nextCar()
    const statuses = []
    for (const from of [100, 300, 500, 700]) {
      const { status, body } = await ask('POST', '/api/holds', { carId, ...period(from, from + 100) }, tokens.stranger)
      statuses.push([status, body.code ?? body.status])
    }
    expect(statuses).toEqual([
      [201, 'held'],
      [201, 'held'],
      [201, 'held'],
      [422, 'QUOTA_EXCEEDED'],
    ])
    const long = await ask('POST', '/api/holds', { carId, ...period(900, 1000), minutes: 31 })
    expect([long.status, long.body.code, long.body.field]).toEqual([400, 'BAD_INPUT', 'minutes'])
  })

  it('POST /api/trips/:id/approve and /decline answer a request', async () => {
    const carId = nextCar()
    await superuser`update cars set instant_booking = false where id = ${carId}`
    const one = await ask('POST', '/api/trips', { carId, ...period(6000, 7000) })
    expect([one.status, one.body.status]).toEqual([201, 'requested'])
    expect((await ask('POST', `/api/trips/${one.body.id}/approve`, {})).body).toMatchObject({ status: 403, code: 'FORBIDDEN' })
    expect((await ask('POST', `/api/trips/${one.body.id}/approve`, {}, tokens.stranger)).body).toMatchObject({
      status: 404,
      code: 'NOT_FOUND',
    })
    expect((await ask('POST', `/api/trips/${one.body.id}/approve`, {}, null)).body).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' })
    const approved = await ask('POST', `/api/trips/${one.body.id}/approve`, { version: 1 }, tokens.manager)
    expect([approved.status, approved.body.status, approved.body.version]).toEqual([200, 'confirmed', 2])
    const two = await ask('POST', '/api/trips', { carId, ...period(8000, 9000) })
    const declined = await ask('POST', `/api/trips/${two.body.id}/decline`, { reason: 'Workshop' }, tokens.manager)
    expect(declined.body).toMatchObject({ status: 'declined', cancelReason: 'Workshop', totalCost: 0 })
    const late = await ask('POST', `/api/trips/${two.body.id}/decline`, {}, tokens.manager)
    expect(late.body).toMatchObject({ code: 'INVALID_STATE', details: { from: 'declined', operation: 'decline', allowed: [] } })
  })

  it('POST /api/trips/:id/start and /complete hand over and take back (TOO_SOON, ODOMETER_LOW)', async () => {
    const carId = nextCar()
    const { id } = (await ask('POST', '/api/trips', { carId, ...period(40, 400) })).body
    const early = await ask('POST', `/api/trips/${id}/start`, {})
    expect([early.status, early.body.code, typeof early.body.details.earliest]).toEqual([422, 'TOO_SOON', 'string'])
    await passTime(superuser, 30)
    const started = await ask('POST', `/api/trips/${id}/start`, { odometer: 100, fuel: 80, version: 1 })
    expect(started.body).toMatchObject({ status: 'active', odometerStart: 100, fuelStart: 80 })
    const low = await ask('POST', `/api/trips/${id}/complete`, { odometer: 99 })
    expect([low.status, low.body.code, low.body.field, low.body.details]).toEqual([409, 'ODOMETER_LOW', 'odometer', { odometer: 100 }])
    const done = await ask('POST', `/api/trips/${id}/complete`, { odometer: 150, fuel: 70 }, tokens.manager)
    expect(done.body).toMatchObject({ status: 'completed', odometerEnd: 150, fuelEnd: 70 })
  })

  it('POST /api/trips/:id/no-show says that nobody came', async () => {
    const carId = nextCar()
    const { id } = (await ask('POST', '/api/trips', { carId, ...period(5, 400) })).body
    const early = await ask('POST', `/api/trips/${id}/no-show`, {}, tokens.manager)
    expect([early.status, early.body.code]).toEqual([422, 'TOO_SOON'])
    await passTime(superuser, 40)
    expect((await ask('POST', `/api/trips/${id}/no-show`, {})).body).toMatchObject({ code: 'FORBIDDEN' })
    expect((await ask('POST', `/api/trips/${id}/no-show`, {}, tokens.manager)).body).toMatchObject({ status: 'no_show' })
  })

  it('GET /api/trips/:id/cancel-preview says what comes back, and PATCH with another expectation is refused (REFUND_CHANGED)', async () => {
    const carId = nextCar()
    const { id } = (await ask('POST', '/api/trips', { carId, ...period(60, 400) })).body
    const terms = await ask('GET', `/api/trips/${id}/cancel-preview`)
    expect(terms.body).toMatchObject({ currency: 'EUR', policy: 'flexible', tier: { beforeMinutes: 0, refundPpm: 500_000 } })
    expect((await ask('GET', `/api/trips/${id}/cancel-preview`, undefined, tokens.stranger)).status).toBe(404)
    const wrong = await ask('PATCH', `/api/trips/${id}`, { status: 'cancelled', expectedRefund: terms.body.refund + 1 })
    expect([wrong.status, wrong.body.code, wrong.body.details]).toEqual([409, 'REFUND_CHANGED', terms.body])
    const right = await ask('PATCH', `/api/trips/${id}`, { status: 'cancelled', expectedRefund: terms.body.refund })
    expect(right.body).toMatchObject({ status: 'cancelled' })
    const again = await ask('GET', `/api/trips/${id}/cancel-preview`)
    expect([again.status, again.body.code]).toEqual([409, 'INVALID_STATE'])
  })
})
