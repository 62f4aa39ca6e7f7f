// What surrounds the procedures: health, metrics, headers, CORS, request ids, logs without secrets, and documents that work offline.
import { createHash } from 'node:crypto'
import { Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { type OfflineApp, offlineApp, refusalOf } from './harness.ts'

let offline: OfflineApp
beforeAll(async () => {
  offline = await offlineApp({ CORS_ORIGINS: 'https://app.example, http://localhost:5173' })
})
afterAll(() => offline[Symbol.asyncDispose]())

describe('health', () => {
  it('is live without a database, and not ready (UNAVAILABLE)', async () => {
    expect((await offline.app.inject('/health/live')).json()).toEqual({ status: 'live' })
    const ready = await offline.app.inject('/health/ready')
    expect([ready.statusCode, refusalOf(ready).code, ready.headers['retry-after']]).toEqual([503, 'UNAVAILABLE', '1'])
  })

  it('is ready with one', async () => {
    const { url } = await openTestApp()
    const response = await fetch(`${url}/health/ready`)
    expect([response.status, await response.json()]).toEqual([200, { status: 'ready' }])
  })
})

describe('/metrics', () => {
  it('counts by procedure and route, with an end to the labels', async () => {
    await using app = await offlineApp()
    for (const url of [
      '/trpc/me.get',
      '/trpc/me.get',
      '/trpc/no.such',
      '/trpc/me.get,cars.list?batch=1',
      '/api/me',
      '/api/cars/1',
      '/nowhere/1',
    ]) {
      await app.app.inject({ url })
    }
    const { body, headers } = await app.app.inject('/metrics')
    const counts = [...body.matchAll(/^http_request_duration_seconds_count\{(.*)\} (\d+)$/gm)].map(
      ([, labels, count]) => `${labels} ${count}`,
    )
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(counts.toSorted()).toEqual([
      'method="GET",route="/api/cars/:id",status_code="401" 1',
      'method="GET",route="/api/me",status_code="401" 1',
      'method="GET",route="/trpc/(batch)",status_code="401" 1',
      'method="GET",route="/trpc/(unknown)",status_code="404" 1',
      'method="GET",route="/trpc/me.get",status_code="401" 2',
    ])
    expect(body).toContain('process_cpu_user_seconds_total')
  })
})

describe('headers', () => {
  it.each(['/api/me', '/trpc/me.get', '/openapi.json', '/nowhere', '/health/live'])(
    '%s: no sniffing, no framing, no script',
    async (url) => {
      const { headers } = await offline.app.inject({ url })
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer' })
      expect(headers['content-security-policy']).toContain("default-src 'none'")
      expect(headers).not.toHaveProperty('x-powered-by')
    },
  )

  it('keep a harmless request id and replace any other', async () => {
    const idFor = async (given?: string) => {
      const response = await offline.app.inject({ url: '/api/me', ...(given === undefined ? {} : { headers: { 'x-request-id': given } }) })
      expect(refusalOf(response).requestId).toBe(response.headers['x-request-id'])
      return response.headers['x-request-id']
    }
    expect(await idFor('build-1234.retry_2')).toBe('build-1234.retry_2')
    for (const strange of [undefined, 'short', 'a b c d e f g h', 'x'.repeat(129), '{"a":1}{}{}{}'])
      expect(await idFor(strange)).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('CORS', () => {
  const preflight = (origin: string, app = offline) =>
    app.app.inject({
      method: 'OPTIONS',
      url: '/api/trips',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
    })

  it('lets the listed origins in, on errors too, and no other', async () => {
    const allowed = await preflight('https://app.example')
    expect([allowed.statusCode, allowed.headers['access-control-allow-origin']]).toEqual([204, 'https://app.example'])
    expect(allowed.headers['access-control-allow-headers']).toContain('authorization')
    const refused = await offline.app.inject({ url: '/api/me', headers: { origin: 'http://localhost:5173' } })
    expect([refused.statusCode, refused.headers['access-control-allow-origin']]).toEqual([401, 'http://localhost:5173'])
    expect(refused.headers['access-control-expose-headers']).toContain('retry-after')
    expect((await preflight('https://evil.example')).headers).not.toHaveProperty('access-control-allow-origin')
  })

  it('is off unless configured', async () => {
    await using app = await offlineApp()
    expect((await preflight('https://app.example', app)).headers).not.toHaveProperty('access-control-allow-origin')
  })
})

describe('the log', () => {
  it('holds one line a request without token, cookie, key or query, and the cause of what went wrong', async () => {
    const lines: string[] = []
    const logDestination = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk))
        done()
      },
    })
    await using app = await offlineApp({ LOG_LEVEL: 'trace' }, { logDestination })
    const secret = { ...app.signedIn, cookie: 'session=hunter2', 'idempotency-key': 'key-hunter2' }
    await app.app.inject({ url: '/api/cars?fleet=query-hunter2', headers: secret })
    app.app.log.info({ req: { headers: secret }, headers: secret, idempotencyKey: 'key-hunter2' }, 'careless')
    await vi.waitFor(() => expect(lines.join('')).toContain('"path":"/api/cars"'))
    const log = lines.join('')
    expect(log).toContain('ECONNREFUSED')
    expect(log).toContain('"subject":"renter@example.com"')
    expect(log).toContain('[redacted]')
    expect(log).not.toMatch(/hunter2|eyJ|select /)
    expect(lines.filter((line) => line.includes('"msg":"request"'))).toHaveLength(1)
  })
})

describe('/docs', () => {
  it('is a page whose every script its own policy allows, and which needs no other host', async () => {
    const page = await offline.app.inject('/docs/')
    const policy = String(page.headers['content-security-policy'])
    const scripts = [...page.body.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)]
    expect(scripts.length).toBeGreaterThanOrEqual(2)
    for (const [, attributes = '', content = ''] of scripts) {
      const source = /src="([^"]*)"/.exec(attributes)?.[1]
      if (source === undefined) expect(policy).toContain(`'sha256-${createHash('sha256').update(content).digest('base64')}'`)
      else expect((await offline.app.inject(new URL(source, 'http://x/docs/').pathname)).headers['content-type']).toMatch(/javascript/)
    }
    expect(policy).toMatch(/script-src 'self' 'sha256-/)
    expect(policy).not.toMatch(/script-src[^;]*unsafe|https?:/)
    expect(page.body).not.toMatch(/(src|href)="(https?:)?\/\//)
    expect(page.body).toContain('/openapi.json')
  })

  it('is found without its slash', async () => {
    const { statusCode, headers } = await offline.app.inject('/docs')
    expect([statusCode, headers.location]).toEqual([301, '/docs/'])
  })
})
