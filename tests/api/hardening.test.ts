// What every answer and every log line has, whoever asks: transport and caching headers, content types, and lines that nobody can forge.
import { connect as connectSocket } from 'node:net'
import { Writable } from 'node:stream'
import { describe, expect, test, vi } from 'vitest'
import { offlineApp } from './harness.ts'

const json = { 'content-type': 'application/json' }

describe('every answer', async () => {
  const app = await offlineApp()
  const paths = [
    '/api/me',
    '/api/trips',
    '/trpc/me.get',
    '/trpc/nothing',
    '/openapi.json',
    '/docs/',
    '/nowhere',
    '/health/live',
    '/metrics',
    '/api/%zz',
  ]

  test.each(paths)('%s: HTTPS for a year with all subdomains, no plugin, no other base, no frame', async (url) => {
    const { headers } = await app.app.inject({ url })
    expect(headers['strict-transport-security']).toBe('max-age=31536000; includeSubDomains')
    for (const rule of ["default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]) {
      expect(headers['content-security-policy']).toContain(rule)
    }
    if (url !== '/docs/') expect(headers['content-security-policy']).toContain('sandbox')
    expect(headers['x-content-type-options']).toBe('nosniff')
  })

  test.each([
    ['/api/me', /^application\/problem\+json; charset=utf-8$/],
    ['/trpc/me.get', /^application\/json/],
    ['/openapi.json', /^application\/json; charset=utf-8$/],
    ['/docs/', /^text\/html; charset=utf-8$/],
    ['/metrics', /^text\/plain; version=[\d.]+; charset=utf-8$/],
    ['/health/live', /^application\/json; charset=utf-8$/],
  ])('%s says what it is', async (url, type) => {
    expect((await app.app.inject({ url })).headers['content-type']).toMatch(type)
  })

  test('about somebody is stored by nobody: cache-control is no-store for REST and tRPC', async () => {
    for (const url of ['/api/me', '/api/trips', '/api/me/export', '/trpc/me.get', '/trpc/trips.list?input={}']) {
      const { headers } = await app.app.inject({ url, headers: app.signedIn })
      expect([url, headers['cache-control']]).toEqual([url, 'no-store'])
    }
  })

  test('names no version of what runs it', async () => {
    for (const url of paths) {
      const { headers } = await app.app.inject({ url })
      expect([url, headers.server, headers['x-powered-by']]).toEqual([url, undefined, undefined])
    }
  })

  test('is for one reading of the request: nothing named twice, nothing in the query of a change (BAD_INPUT)', async () => {
    const asked = [
      { url: '/api/trips?limit=1&limit=2' },
      { url: '/api/trips/0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091?id=0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8092' },
      { method: 'POST' as const, url: '/api/trips?carId=1', headers: json, payload: '{}' },
      { url: '/trpc/me.get?input={}&input={}' },
    ]
    for (const { headers = {}, ...request } of asked) {
      const answer = await app.app.inject({ ...request, headers: { ...headers, ...app.signedIn } })
      expect([request.url, answer.statusCode, answer.body]).toEqual([request.url, 400, expect.stringContaining('BAD_INPUT')])
    }
  })

  test('belongs to one request: a body with two lengths is not HTTP, and nothing behind it is answered (BAD_INPUT)', async () => {
    await app.app.listen({ port: 0, host: '127.0.0.1' })
    const address = app.app.server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const heads = [
      'Content-Length: 4\r\nTransfer-Encoding: chunked',
      'Content-Length: 4\r\nContent-Length: 5',
      'Transfer-Encoding: chunked, identity',
    ]
    for (const head of heads) {
      const socket = connectSocket(port, '127.0.0.1')
      socket.write(`POST /api/trips HTTP/1.1\r\nHost: x\r\n${head}\r\n\r\n0\r\n\r\nGET /health/live HTTP/1.1\r\nHost: x\r\n\r\n`)
      const answer = (await socket.setEncoding('utf8').toArray()).join('')
      expect([head, answer]).toEqual([head, expect.stringMatching(/^HTTP\/1\.1 400 [\s\S]*nosniff[\s\S]*BAD_INPUT/)])
      expect(answer).not.toContain('live')
    }
  })
})

describe('the log of security events', () => {
  test('has for every refusal its code, who, from where and when, as one line of JSON that no input can break', async () => {
    const lines: string[] = []
    const logDestination = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk))
        done()
      },
    })
    await using app = await offlineApp({ LOG_LEVEL: 'info' }, { logDestination })
    await app.app.inject({ url: '/api/me', headers: { authorization: 'Bearer made.up.token' } })
    await app.app.inject({ url: '/api/trips?limit=0', headers: app.signedIn })
    await app.app.inject({ url: '/trpc/nothing,nothing?batch=1' })
    await app.app.inject({ url: '/api/x%0a%7B%22msg%22:%22forged%22%7D%1b[2J' })
    const events = await vi.waitFor(() => {
      const found = lines.flatMap((line) => line.trimEnd().split('\n')).map((line) => JSON.parse(line) as Record<string, unknown>)
      const requests = found.filter(({ msg }) => msg === 'request')
      expect(requests).toHaveLength(4)
      return requests
    })
    expect(events.map(({ refused }) => refused)).toEqual([['UNAUTHENTICATED'], ['BAD_INPUT'], ['NOT_FOUND', 'NOT_FOUND'], ['NOT_FOUND']])
    for (const event of events) {
      expect(event).toMatchObject({ time: expect.any(Number), reqId: expect.any(String), method: 'GET', address: '127.0.0.1' })
    }
    expect(events[1]).toMatchObject({ subject: 'renter@example.com' })
    expect(lines.join('')).not.toMatch(/made\.up|limit=0|\p{Cc}\[/u)
  })
})
