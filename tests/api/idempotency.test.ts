// Keys over HTTP: the header of REST, the member of tRPC, and how an answer that was given before says so.
import { appRouter, reasons } from '@fleetflow/server'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { openTestApp } from '../support/app.ts'
import { firstCar, makeFleet } from '../support/fixtures.ts'

interface Procedure {
  _def: { type: string; inputs: z.ZodType[] }
}

describe('idempotency keys over HTTP', async () => {
  const app = await openTestApp({ demo: false })
  const fleet = await makeFleet(app.database.sys, { cars: 2 })
  const carId = firstCar(fleet)
  const authorization = `Bearer ${await app.token('renter@example.com')}`

  let day = 0
  const booking = () => {
    day += 2
    const start = Date.UTC(2031, 0, day, 10)
    return { carId, startDate: new Date(start).toISOString(), endDate: new Date(start + 86_400_000).toISOString() }
  }
  async function send(method: string, path: string, body: unknown, key?: string) {
    const headers = { authorization, 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) }
    const response = await fetch(`${app.url}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    const { requestId: _differs, ...answer } = (await response.json()) as Record<string, unknown>
    return {
      status: response.status,
      replayed: response.headers.get('idempotency-replayed'),
      answer,
      location: response.headers.get('location'),
    }
  }
  const book = (body: unknown, key?: string) => send('POST', '/api/trips', body, key)

  describe('REST', () => {
    test('Idempotency-Key makes a retry safe: the same status, body and location, and Idempotency-Replayed: true', async () => {
      const body = booking()
      const first = await book(body, 'rest')
      const again = await book(body, 'rest')
      expect(first).toMatchObject({ status: 201, replayed: null })
      expect(again).toEqual({ ...first, replayed: 'true' })
    })

    test('the header and the member of the body are one thing', async () => {
      const body = booking()
      const first = await book(body, 'one thing')
      expect(await book({ ...body, idempotencyKey: 'one thing' })).toEqual({ ...first, replayed: 'true' })
      expect(await book({ ...body, idempotencyKey: 'one thing' }, 'one thing')).toEqual({ ...first, replayed: 'true' })
    })

    test('a refusal is replayed as problem details with the same header (TRIP_OVERLAP)', async () => {
      const body = booking()
      const taken = await book(body)
      const first = await book(body, 'refused')
      expect(first).toMatchObject({ status: 409, replayed: null, answer: { code: 'TRIP_OVERLAP' } })
      await send('PATCH', `/api/trips/${String(taken.answer.id)}`, { status: 'cancelled' })
      expect(await book(body, 'refused')).toEqual({ ...first, replayed: 'true' })
    })

    test('a PATCH takes the header as well', async () => {
      const { answer } = await book(booking())
      const cancel = () => send('PATCH', `/api/trips/${String(answer.id)}`, { status: 'cancelled', version: 1 }, 'patched')
      expect(await cancel()).toMatchObject({ status: 200, replayed: null, answer: { status: 'cancelled' } })
      expect(await cancel()).toMatchObject({ status: 200, replayed: 'true', answer: { status: 'cancelled' } })
    })

    test('another input under the same key (IDEMPOTENCY_KEY_REUSED)', async () => {
      await book(booking(), 'reused')
      expect(await book(booking(), 'reused')).toMatchObject({
        status: 422,
        replayed: null,
        answer: { code: 'IDEMPOTENCY_KEY_REUSED', field: 'idempotencyKey', retryable: false },
      })
    })

    test('two different keys (BAD_INPUT, TWO_KEYS)', async () => {
      expect(await book({ ...booking(), idempotencyKey: 'this' }, 'that')).toMatchObject({
        status: 400,
        answer: { code: 'BAD_INPUT', field: 'idempotencyKey', details: { reason: 'TWO_KEYS' } },
      })
    })

    test.each([
      ['nothing', ''],
      ['256 characters', 'k'.repeat(256)],
      ['other characters', 'sch\u00f6n'],
    ])('a key of %s (BAD_INPUT, BAD_VALUE)', async (_what, key) => {
      expect(await book(booking(), key)).toMatchObject({
        status: 400,
        answer: { field: 'idempotencyKey', details: { reason: 'BAD_VALUE' } },
      })
    })

    test('255 characters are a key, and reads do not look at the header', async () => {
      expect(await book(booking(), 'k'.repeat(255))).toMatchObject({ status: 201 })
      expect(await send('GET', `/api/cars/${carId}`, undefined, 'k'.repeat(300))).toMatchObject({ status: 200, replayed: null })
    })
  })

  describe('tRPC', () => {
    const call = (input: Record<string, unknown>, key?: string) => send('POST', '/trpc/trips.create', input, key)

    test('idempotencyKey makes a retry safe, with the same header', async () => {
      const input = { ...booking(), idempotencyKey: 'trpc' }
      const first = await call(input)
      expect(first).toMatchObject({ status: 200, replayed: null })
      expect(await call(input)).toEqual({ ...first, replayed: 'true' })
      const refused = { ...input, idempotencyKey: 'trpc refused' }
      expect(await call(refused)).toMatchObject({ status: 409, replayed: null })
      expect(await call(refused)).toMatchObject({ status: 409, replayed: 'true', answer: { error: { data: { code: 'TRIP_OVERLAP' } } } })
    })

    test('a key of REST is one of tRPC: the operation counts, not the way it is called', async () => {
      const body = booking()
      await book(body, 'either way')
      expect(await call({ ...body, idempotencyKey: 'either way' })).toMatchObject({ status: 200, replayed: 'true' })
    })

    test('of a batch the header has a word for each call, in their order', async () => {
      const inputs = ['a', 'b', 'c'].map((key) => ({ ...booking(), idempotencyKey: `batch ${key}` }))
      await call(inputs[1] ?? {})
      const batch = { ...inputs }
      const path = '/trpc/trips.create,trips.create,trips.create?batch=1'
      const headersOf = async () => {
        const headers = { authorization, 'content-type': 'application/json' }
        const response = await fetch(`${app.url}${path}`, { method: 'POST', headers, body: JSON.stringify(batch) })
        await response.body?.cancel()
        return response.headers.get('idempotency-replayed')
      }
      expect(await headersOf()).toBe('false, true, false')
      expect(await headersOf()).toBe('true, true, true')
    })

    test('the header of REST is refused rather than overlooked (BAD_INPUT, KEY_IN_HEADER)', async () => {
      expect(await call(booking(), 'in vain')).toMatchObject({
        status: 400,
        answer: { error: { data: { code: 'BAD_INPUT', details: { reason: 'KEY_IN_HEADER' } } } },
      })
    })
  })

  describe('every mutation', () => {
    const procedures = Object.entries(appRouter._def.procedures as unknown as Record<string, Procedure>)
    const mutations = procedures
      .filter(([, { _def }]) => _def.type === 'mutation')
      .map(([path, { _def }]) => [path, _def.inputs[0]] as const)

    test('there are some', () => {
      expect(mutations.length).toBeGreaterThanOrEqual(4)
    })

    test.each(mutations)('%s takes a key and can answer what becomes of keys', (path, input) => {
      const schema = z.toJSONSchema(input ?? z.never(), { io: 'input' }) as { properties?: Record<string, { maxLength?: number }> }
      expect(schema.properties?.idempotencyKey).toMatchObject({ maxLength: 255 })
      expect(reasons[path as keyof typeof reasons]).toEqual(expect.arrayContaining(['IDEMPOTENCY_KEY_REUSED', 'IDEMPOTENCY_IN_PROGRESS']))
    })

    test('OpenAPI describes the header of every route that changes something, and the one that replays', async () => {
      const { paths } = (await (await fetch(`${app.url}/openapi.json`)).json()) as {
        paths: Record<
          string,
          Record<string, { parameters?: { name: string; in: string }[]; responses: Record<string, { headers?: object }> }>
        >
      }
      const routes = Object.entries(paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, route]) => ({ path, method, route })),
      )
      expect(routes.length).toBeGreaterThan(10)
      for (const { method, route } of routes) {
        const keyed = route.parameters?.some(({ name, in: place }) => name === 'Idempotency-Key' && place === 'header') ?? false
        expect(keyed).toBe(method !== 'get')
        const [success] = Object.entries(route.responses).filter(([status]) => status.startsWith('2'))
        expect(Object.keys(success?.[1].headers ?? {}).includes('Idempotency-Replayed')).toBe(keyed)
      }
    })
  })
})
