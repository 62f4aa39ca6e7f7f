// Limits of the transport: sizes, kinds, methods, batches and time, each with its documented answer.
import { type AddressInfo, connect as connectSocket } from 'node:net'
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OfflineApp, offlineApp, refusalOf } from './harness.ts'

let offline: OfflineApp
beforeAll(async () => {
  offline = await offlineApp()
})
afterAll(() => offline[Symbol.asyncDispose]())

const json = { 'content-type': 'application/json' }

async function refusal(options: InjectOptions) {
  const response = await offline.app.inject({ ...options, headers: { ...offline.signedIn, ...options.headers } })
  return { status: response.statusCode, headers: response.headers, ...refusalOf(response) }
}

describe.each(['/api/trips', '/trpc/trips.create'])('POST %s', (url) => {
  it('takes up to 64 KiB and no more (TOO_LARGE)', async () => {
    const body = (size: number) => JSON.stringify({ carId: 'x'.repeat(size - 12) })
    expect(await refusal({ method: 'POST', url, headers: json, payload: body(65_536) })).toMatchObject({ status: 400, code: 'BAD_INPUT' })
    expect(await refusal({ method: 'POST', url, headers: json, payload: body(65_537) })).toMatchObject({ status: 413, code: 'TOO_LARGE' })
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
    'application/jsonp',
    'application/json-patch+json',
    'text/json',
    '',
  ])('refuses the content type %j (UNSUPPORTED_MEDIA_TYPE)', async (type) => {
    expect(await refusal({ method: 'POST', url, headers: { 'content-type': type }, payload: '{}' })).toMatchObject({
      status: 415,
      code: 'UNSUPPORTED_MEDIA_TYPE',
    })
  })

  it('refuses no content type and an encoded body (UNSUPPORTED_MEDIA_TYPE)', async () => {
    expect(await refusal({ method: 'POST', url })).toMatchObject({ status: 415 })
    expect(await refusal({ method: 'POST', url, headers: { ...json, 'content-encoding': 'gzip' }, payload: '{}' })).toMatchObject({
      status: 415,
    })
  })

  it('takes the content type in any case and with a charset', async () => {
    const answer = await refusal({ method: 'POST', url, headers: { 'content-type': 'Application/JSON; charset=UTF-8' }, payload: '{}' })
    expect(answer).toMatchObject({ status: 400, code: 'BAD_INPUT', field: 'carId' })
  })

  it('refuses bytes that are not UTF-8 (BAD_INPUT, NOT_UTF8)', async () => {
    const payload = Buffer.concat([Buffer.from('{"carId":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')])
    expect(await refusal({ method: 'POST', url, headers: json, payload })).toMatchObject({ status: 400, details: { reason: 'NOT_UTF8' } })
  })

  it('refuses an empty body (BAD_INPUT)', async () => {
    expect(await refusal({ method: 'POST', url, headers: json, payload: '' })).toMatchObject({ status: 400, code: 'BAD_INPUT' })
  })
})

describe('POST /trpc/trips.create with JSON inside a JSON string', () => {
  it.each(['', '?batch=1'])('is refused, because it would pass behind the guards (BAD_INPUT)%s', async (query) => {
    const whole = { carId: '0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091', startDate: '2030-01-01T00:00:00Z', endDate: '2030-01-02T00:00:00Z' }
    const inner = JSON.stringify(query === '' ? whole : { 0: whole })
    const send = (payload: string) => refusal({ method: 'POST', url: `/trpc/trips.create${query}`, headers: json, payload })
    expect(await send(JSON.stringify(inner))).toMatchObject({ status: 400, code: 'BAD_INPUT', details: { reason: 'NOT_AN_OBJECT' } })
  })
})

describe('any route', () => {
  it('is spared keys that reach into prototypes, at any depth, whatever its own schema (BAD_INPUT, UNKNOWN_KEY)', async () => {
    await using echo = await offlineApp()
    echo.app.post('/echo', { config: { anonymous: true } }, async (request) => request.body)
    const send = (payload: string) => echo.app.inject({ method: 'POST', url: '/echo', headers: json, payload })
    expect((await send('{"a":[{"b":1}]}')).json()).toEqual({ a: [{ b: 1 }] })
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      expect(refusalOf(await send(`{"a":[{"${key}":{"b":1}}]}`))).toMatchObject({ code: 'BAD_INPUT', field: `a.0.${key}` })
    }
  })
})

describe('a method', () => {
  it.each([
    ['PUT', '/api/trips', 'GET, HEAD, POST'],
    ['DELETE', '/api/trips/x', 'GET, HEAD, PATCH'],
    ['POST', '/api/me', 'GET, HEAD, PATCH'],
    ['PATCH', '/trpc/me.get', 'GET, POST'],
    ['DELETE', '/openapi.json', 'GET, HEAD'],
    ['POST', '/health/ready', 'GET, HEAD'],
    ['OPTIONS', '/api/trips', 'GET, HEAD, POST'],
    ['TRACE', '/api/me', 'GET, HEAD, PATCH'],
    ['OPTIONS', '/trpc/me.get', 'GET, POST'],
    ['HEAD', '/trpc/trips.create', 'GET, POST'],
  ] as const)('%s %s is refused with what is allowed (METHOD_NOT_ALLOWED)', async (method, url, allow) => {
    const { statusCode, headers, body } = await offline.app.inject({ method: method as 'PUT', url, headers: offline.signedIn })
    expect([statusCode, headers.allow]).toEqual([405, allow])
    if (method !== 'HEAD') expect(body).toContain('METHOD_NOT_ALLOWED')
  })

  it('never changes anything by GET: a mutation answers METHOD_NOT_ALLOWED with Allow: POST, a query by POST with Allow: GET', async () => {
    expect(await refusal({ url: '/trpc/trips.create?input={}' })).toMatchObject({ status: 405, headers: { allow: 'POST' } })
    expect(await refusal({ method: 'POST', url: '/trpc/me.get', headers: json, payload: '{}' })).toMatchObject({
      status: 405,
      headers: { allow: 'GET' },
    })
  })
})

describe('an unknown path', () => {
  it.each(['/', '/api', '/api/nothing', '/trpc', '/trpc/', '/trpc/nothing', '/trpc/a/b', '/trpc/trips', '/trpc/__proto__', '/trpc/a%2525'])(
    '%s is NOT_FOUND',
    async (url) =>
      expect(await refusal({ url })).toMatchObject({ status: 404, code: 'NOT_FOUND', message: expect.stringContaining('nothing here') }),
  )

  it('that cannot be decoded is BAD_INPUT', async () => {
    expect(await refusal({ url: '/api/%zz' })).toMatchObject({ status: 400, code: 'BAD_INPUT' })
  })
})

describe('a batch', () => {
  const batch = (calls: number, extra = '') => `/trpc/${Array.from({ length: calls }, () => 'me.get').join(',')}?batch=1${extra}`

  it('holds up to 10 calls (BAD_INPUT, BATCH_TOO_LARGE)', async () => {
    const ten = await offline.app.inject({ url: batch(10), headers: offline.signedIn })
    expect(ten.json()).toHaveLength(10)
    expect(await refusal({ url: batch(11) })).toMatchObject({ status: 400, code: 'BAD_INPUT', details: { reason: 'BATCH_TOO_LARGE' } })
    expect(await refusal({ url: batch(11).replaceAll(',', '%2C') })).toMatchObject({ details: { reason: 'BATCH_TOO_LARGE' } })
  })

  it('answers each call with its own error', async () => {
    const input = JSON.stringify({ 0: { id: 'x' }, 1: { id: 'x', y: 1 } })
    const response = await offline.app.inject({ url: '/trpc/cars.get,trips.get', query: { batch: '1', input }, headers: offline.signedIn })
    const answers: { error: { data: { code: string } } }[] = response.json()
    expect(answers.map(({ error }) => error.data.code)).toEqual(['BAD_INPUT', 'BAD_INPUT'])
  })

  it.each([
    ['&surprise=1', 'UNKNOWN_KEY'],
    ['&connectionParams={', 'UNKNOWN_KEY'],
    ['&input={}&input={}', 'NOT_JSON'],
    ['&batch=1', 'BAD_BATCH'],
  ])('with %s is refused (BAD_INPUT, %s)', async (extra, reason) => {
    expect(await refusal({ url: batch(2, extra) })).toMatchObject({ status: 400, code: 'BAD_INPUT', details: { reason } })
  })

  it('streamed without being a batch is refused (BAD_INPUT, BAD_BATCH)', async () => {
    const answer = await refusal({ url: '/trpc/me.get', headers: { 'trpc-accept': 'application/jsonl' } })
    expect(answer).toMatchObject({ status: 400, details: { reason: 'BAD_BATCH' } })
  })
})

describe('a connection', () => {
  /** Writes these bytes and answers all that comes back until the server closes. */
  async function converse(app: OfflineApp, bytes: string): Promise<string> {
    if (!app.app.server.listening) await app.app.listen({ port: 0, host: '127.0.0.1' })
    const socket = connectSocket((app.app.server.address() as AddressInfo).port, '127.0.0.1')
    socket.write(bytes)
    return (await socket.setEncoding('utf8').toArray()).join('')
  }

  it('that says nothing at all is closed in time (REQUEST_TIMEOUT)', async () => {
    await using hasty = await offlineApp({ HEADERS_TIMEOUT_MS: '200', REQUEST_TIMEOUT_MS: '400' })
    expect(await converse(hasty, '')).toMatch(/^HTTP\/1\.1 408 [\s\S]*"REQUEST_TIMEOUT"/)
  })

  it('whose headers never end is closed in time (REQUEST_TIMEOUT)', async () => {
    await using hasty = await offlineApp({ HEADERS_TIMEOUT_MS: '200', REQUEST_TIMEOUT_MS: '400' })
    expect(await converse(hasty, 'GET /api/me HTTP/1.1\r\nHost: x\r\n')).toMatch(/^HTTP\/1\.1 408 [\s\S]*"REQUEST_TIMEOUT"/)
    // Node on its own would look half a minute later.
  }, 20_000)

  it('whose body never ends is closed in time (REQUEST_TIMEOUT)', async () => {
    await using hasty = await offlineApp({ HEADERS_TIMEOUT_MS: '200', REQUEST_TIMEOUT_MS: '400' })
    const head = 'POST /api/trips HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{'
    expect(await converse(hasty, head)).toMatch(/^HTTP\/1\.1 408 [\s\S]*"REQUEST_TIMEOUT"/)
  }, 20_000)

  it('with headers over 16 KiB is refused (TOO_LARGE, 431)', async () => {
    expect(await converse(offline, `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 [\s\S]*"TOO_LARGE"/,
    )
  }, 20_000)

  it('that speaks no HTTP is refused (BAD_INPUT)', async () => {
    expect(await converse(offline, 'HELO there\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [\s\S]*"BAD_INPUT"/)
  })

  it('that breaks after a whole request still gets that request’s own answer, and no other', async () => {
    await using app = await offlineApp()
    app.app.get(
      '/slow',
      { config: { anonymous: true } },
      async () => new Promise((resolve) => setTimeout(() => resolve({ done: true }), 50)),
    )
    const answer = await converse(app, 'GET /slow HTTP/1.1\r\nHost: x\r\n\r\nNOISE\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect(answer).toContain('{"done":true}')
  })
})
