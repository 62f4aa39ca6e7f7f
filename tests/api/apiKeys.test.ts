// API keys over HTTP: an owner makes one, a script signs in with it over REST, tRPC and the client, and its end is at once.
import { createFleetflowClient } from '@fleetflow/client'
import { describe, expect, it } from 'vitest'
import { makeKey } from '../support/apiKeys.ts'
import { openTestApp } from '../support/app.ts'
import { makeFleet, makeTrip } from '../support/fixtures.ts'

interface Body {
  id: string
  userId: string
  secret: string | null
  hint: string
  lastUsedAt: string | null
  revokedAt: string | null
  name: string
  code: string
  field: string
  items: { id: string; lastUsedAt: string | null }[]
  fleets: { slug: string; role: string }[]
}

const wish = {
  name: 'Night import',
  role: 'driver',
  procedures: ['me.get', 'cars.list', 'cars.get', 'cars.search', 'trips.list', 'trips.get', 'trips.quote'],
}
const period = { startDate: '2033-01-01T10:00:00Z', endDate: '2033-01-02T10:00:00Z' }

describe('API keys', async () => {
  const app = await openTestApp()
  const { sys } = app.database
  const owner = await app.token('owner@demo.fleetflow.dev')
  const manager = await app.token('manager@demo.fleetflow.dev')
  const renter = await app.token('renter@demo.fleetflow.dev')
  const other = await makeFleet(sys)
  const [demo] = await sys<{ id: string; ownerId: string }[]>`
    select f.id, m.user_id as "ownerId" from fleets as f join fleet_members as m on m.fleet_id = f.id and m.role = 'owner' where f.slug = 'demo'`
  const fleet = { id: demo?.id ?? '', ownerId: demo?.ownerId ?? '' }

  async function ask(method: string, path: string, by: string, body?: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(`${app.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${by}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, headers: response.headers, body: (await response.json()) as Body }
  }
  const make = (given: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
    ask('POST', '/api/fleets/demo/api-keys', owner, { ...wish, ...given }, headers)

  it('are made by POST (201) with a secret that signs in over REST, tRPC and the client', async () => {
    const { status, body } = await make()
    const secret = body.secret ?? ''
    expect(status).toBe(201)
    expect(secret).toMatch(/^ffk_[\w-]{43}$/)
    expect(body.hint).toBe(secret.slice(-4))
    expect(await ask('GET', '/api/me', secret)).toMatchObject({
      status: 200,
      body: { id: body.userId, name: 'Night import', email: null, isAdmin: false, fleets: [{ slug: 'demo', role: 'driver' }] },
    })
    expect((await ask('GET', '/trpc/me.get', secret)).body).toMatchObject({ result: { data: { id: body.userId } } })
    const client = createFleetflowClient({ url: app.url, token: secret })
    expect((await client.cars.list.query({})).items.length).toBeGreaterThan(0)
  })

  it('show their secret once: no list, no revocation, and null where an idempotency key answers again', async () => {
    const first = await make({}, { 'idempotency-key': 'one key' })
    const again = await make({}, { 'idempotency-key': 'one key' })
    const secret = first.body.secret ?? ''
    expect([again.status, again.headers.get('idempotency-replayed'), again.body.secret]).toEqual([201, 'true', null])
    expect({ ...again.body, secret }).toEqual(first.body)
    expect((await ask('GET', '/api/me', secret)).status).toBe(200)
    const list = await ask('GET', '/api/fleets/demo/api-keys', owner)
    const revoked = await ask('POST', `/api/api-keys/${first.body.id}/revoke`, owner, {})
    expect(list.body.items.map((key) => key.id)).toContain(first.body.id)
    for (const answer of [list, revoked]) expect(JSON.stringify(answer.body)).not.toContain(secret.slice(4, -4))
  })

  it.each<[string, () => Promise<string>]>([
    ['wrong', async () => `ffk_${'A'.repeat(43)}`],
    ['cut short', async () => ((await make()).body.secret ?? '').slice(0, -1)],
    ['a token that looks like none', async () => 'ffk_'],
    ['expired', async () => (await makeKey(sys, fleet, { procedures: ['me.get'], expires: '-1 second' })).secret],
    ['revoked', async () => (await makeKey(sys, fleet, { procedures: ['me.get'], revoked: '-1 second' })).secret],
    [
      'of a suspended service user',
      async () => {
        const key = await makeKey(sys, fleet, { procedures: ['me.get'] })
        await sys`update users set suspended_at = now() where id = ${key.userId}`
        return key.secret
      },
    ],
    ['the hash instead of the key', async () => `ffk_${(await makeKey(sys, fleet, { procedures: ['me.get'] })).hash.slice(0, 43)}`],
  ])('that are %s are 401 (UNAUTHENTICATED), over REST and tRPC', async (_, secretOf) => {
    const secret = await secretOf()
    const rest = await ask('GET', '/api/me', secret)
    expect([rest.status, rest.body.code]).toEqual([401, 'UNAUTHENTICATED'])
    expect(await ask('GET', '/trpc/me.get', secret)).toMatchObject({ status: 401, body: { error: { data: { code: 'UNAUTHENTICATED' } } } })
  })

  it('are 403 for what they do not list (FORBIDDEN), whatever their role; a batch is judged call by call', async () => {
    const key = await makeKey(sys, fleet, { procedures: ['me.get'], role: 'manager' })
    const car = await ask('GET', '/api/cars', key.secret)
    const block = await ask('PATCH', '/api/fleets/demo/rules', key.secret, { noticeMinutes: 5 })
    const more = await ask('POST', '/api/fleets/demo/api-keys', key.secret, wish)
    expect([car, block, more].map(({ status, body }) => [status, body.code])).toEqual(Array(3).fill([403, 'FORBIDDEN']))
    const batch = await ask('GET', `/trpc/me.get,cars.list?batch=1&input=${encodeURIComponent('{"1":{}}')}`, key.secret)
    expect([batch.status, batch.body]).toMatchObject([207, [{ result: {} }, { error: { data: { code: 'FORBIDDEN', httpStatus: 403 } } }]])
  })

  it('see nothing of another public fleet: its car and its price are NOT_FOUND, its trips too, and searches leave it out', async () => {
    const secret = (await make()).body.secret ?? ''
    const carId = other.carIds[0] ?? ''
    const trip = await makeTrip(sys, other, { renterId: other.ownerId, start: '2034-01-01T10:00Z', end: '2034-01-02T10:00Z' })
    for (const [method, path, body] of [
      ['GET', `/api/cars/${carId}`, undefined],
      ['POST', '/api/quotes', { carId, ...period, preview: true }],
      ['GET', `/api/trips/${trip}`, undefined],
      ['GET', `/api/trips?fleet=${other.slug}`, undefined],
    ] as const) {
      const answer = await ask(method, path, secret, body)
      expect([path, answer.status, answer.body.code]).toEqual([path, 404, 'NOT_FOUND'])
    }
    const search = `/api/cars/search?startDate=${period.startDate}&endDate=${period.endDate}&limit=100`
    expect(JSON.stringify((await ask('GET', search, renter)).body)).toContain(carId)
    const found = await ask('GET', search, secret)
    expect(found.body.items.length).toBeGreaterThan(0)
    expect(JSON.stringify([found.body, (await ask('GET', '/api/cars?limit=100', secret)).body])).not.toContain(other.id)
  })

  it('are listed with their last use, which moves', async () => {
    const { body } = await make()
    const lastUse = async () => (await ask('GET', '/api/fleets/demo/api-keys?limit=1', owner)).body.items[0]
    expect(await lastUse()).toMatchObject({ id: body.id, lastUsedAt: null })
    await ask('GET', '/api/me', body.secret ?? '')
    expect(await lastUse()).toMatchObject({ id: body.id, lastUsedAt: expect.any(String) })
  })

  it('end by POST /api/api-keys/:id/revoke at once, and again with the same answer', async () => {
    const { body } = await make()
    const revoke = () => ask('POST', `/api/api-keys/${body.id}/revoke`, owner, {})
    const ended = await revoke()
    expect(ended).toMatchObject({ status: 200, body: { id: body.id, role: null, revokedAt: expect.any(String) } })
    expect((await ask('GET', '/api/me', body.secret ?? '')).status).toBe(401)
    expect((await revoke()).body).toEqual(ended.body)
  })

  it('are for owners: managers 403 (FORBIDDEN), strangers 404 (NOT_FOUND), and what cannot be delegated is 400 (BAD_INPUT, NOT_DELEGABLE)', async () => {
    const { body } = await make()
    const asked = (by: string) =>
      Promise.all([
        ask('POST', '/api/fleets/demo/api-keys', by, wish),
        ask('GET', '/api/fleets/demo/api-keys', by),
        ask('POST', `/api/api-keys/${body.id}/revoke`, by, {}),
      ])
    expect((await asked(manager)).map((answer) => answer.body.code)).toEqual(Array(3).fill('FORBIDDEN'))
    expect((await asked(renter)).map((answer) => answer.body.code)).toEqual(Array(3).fill('NOT_FOUND'))
    for (const name of ['apiKeys.create', 'members.setRole', 'cars.fly', '*']) {
      const refused = await make({ procedures: ['cars.list', name] })
      expect(refused).toMatchObject({
        status: 400,
        body: {
          code: 'BAD_INPUT',
          field: 'procedures.1',
          detail: 'procedures.1: No API key can be for this procedure',
          details: { reason: 'NOT_DELEGABLE' },
        },
      })
    }
  })
})
