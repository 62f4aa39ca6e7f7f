// Tokens that must not pass: each is refused over real HTTP before any connection to the database is opened, beside controls that pass.
import { rmSync } from 'node:fs'
import { connect as connectSocket } from 'node:net'
import { type RunningServer, startServer } from '@fleetflow/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import { audience, badCredentials, goodClaims, goodCredentials, type Scene, setScene } from '../support/badTokens.ts'
import { type ConnectionCounter, openConnectionCounter } from '../support/connectionCounter.ts'
import { openTestDatabase } from '../support/database.ts'
import { openProvider, signToken, weakRsa } from '../support/provider.ts'
import { nowhere, settingsFor } from './harness.ts'

let scene: Scene
let counter: ConnectionCounter
/** On a real database behind the counter, and on none at all. */
let connected: TestApp
let alone: RunningServer

beforeAll(async () => {
  scene = await setScene(openProvider, weakRsa())
  const issuers = [
    { issuer: scene.provider.issuer, audience },
    { issuer: scene.other.issuer, audience: ['other-audience', 'more'] },
  ]
  const settings = { JWT_ISSUERS: JSON.stringify(issuers), SWEEP_INTERVAL_MS: '0' }
  const database = await openTestDatabase()
  counter = await openConnectionCounter(database.apiUrl)
  connected = await openTestApp({ database, settings: { ...settings, DATABASE_URL: counter.url } })
  const lonely = settingsFor({ ...settings, DATABASE_URL: nowhere, EVENT_RELAY: 'off', PORT: '0' })
  alone = await startServer(lonely)
  afterAll(async () => {
    await alone.close()
    rmSync(lonely.home, { recursive: true, force: true })
  })
})

const booking = { car: '00000000-0000-7000-8000-000000000000', start: '2030-01-01T00:00:00Z', end: '2030-01-02T00:00:00Z' }
const requests: [path: string, body?: object][] = [['/api/me'], ['/trpc/me.get'], ['/api/trips', booking], ['/trpc/trips.create', booking]]

interface Answer {
  status: number
  code: string | undefined
  challenge: string | null
}

async function ask(url: string, authorization: string, [path, body]: [string, object?]): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  })
  const answer = (await response.json()) as { code?: string; error?: { data: { code: string } } }
  return { status: response.status, code: answer.error?.data.code ?? answer.code, challenge: response.headers.get('www-authenticate') }
}

const refused = { status: 401, code: 'UNAUTHENTICATED', challenge: 'Bearer realm="fleetflow"' }

describe('a token', () => {
  it('is bad in at least 60 different ways below', async () => {
    const made = await Promise.all(Object.values(badCredentials).map((make) => make(scene)))
    expect(made.length).toBeGreaterThanOrEqual(60)
    expect(new Set(made).size).toBe(made.length)
  })

  it.each(Object.entries(badCredentials))('that %s is refused before the database is asked (UNAUTHENTICATED)', async (_name, make) => {
    const credential = await make(scene)
    for (const { url } of [connected, alone]) {
      for (const request of requests) expect(await ask(url, credential, request)).toEqual(refused)
    }
    expect(counter.opened).toBe(0)
  })

  it.each([
    ['a bad one', () => 'Bearer other'],
    ['itself', (good: string) => good],
  ])('given twice, the second time as %s, is refused before the database is asked (UNAUTHENTICATED)', async (_name, second) => {
    const good = `Bearer ${signToken(scene.ed, goodClaims(scene))}`
    for (const { port } of [connected, alone]) {
      const socket = connectSocket(port, '127.0.0.1')
      const headers = [`Authorization: ${good}`, `authorization: ${second(good)}`, 'Host: x', 'Connection: close']
      socket.write(`GET /api/me HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`)
      expect((await socket.setEncoding('utf8').toArray()).join('')).toMatch(/^HTTP\/1\.1 401 [\s\S]*"UNAUTHENTICATED"/)
    }
    expect(counter.opened).toBe(0)
  })

  it('that points at keys of its own has nobody look there', () => {
    expect(scene.provider.asked.get('/evil')).toBeUndefined()
    expect(scene.provider.asked.get('/keys')).toBeGreaterThan(0)
  })

  it.each(Object.entries(goodCredentials))('%s passes, and then the database is asked', async (_name, make) => {
    const credential = await make(scene)
    for (const path of ['/api/me', '/trpc/me.get']) {
      expect(await ask(connected.url, credential, [path])).toEqual({ status: 200, code: undefined, challenge: null })
      expect(await ask(alone.url, credential, [path])).toMatchObject({ status: 503, code: 'UNAVAILABLE' })
    }
    expect(counter.opened).toBeGreaterThan(0)
  })
})
