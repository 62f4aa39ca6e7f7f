// Rate limits that two instances share through a real Redis or Valkey, and what happens when it dies, freezes and comes back.
import type { FastifyInstance } from 'fastify'
import { describe, expect, test, vi } from 'vitest'
import { openTestRedis, redisProgram } from '../support/redis.ts'
import { type OfflineApp, offlineApp } from './harness.ts'

if (redisProgram === undefined)
  console.warn('SKIPPED: neither redis-server nor valkey-server is installed; shared rate limits are not tested')

describe.skipIf(redisProgram === undefined)('two instances with one REDIS_URL', async () => {
  if (redisProgram === undefined) return
  const redis = await openTestRedis(redisProgram)
  const lines: string[] = []
  let run = 0

  /** Two apps that share counts with nobody else. */
  async function pair(settings: Record<string, string> = {}): Promise<[OfflineApp, OfflineApp]> {
    run += 1
    const environment = {
      REDIS_URL: redis.url,
      REDIS_PREFIX: `test${run}:`,
      LOG_LEVEL: 'info',
      RATE_LIMIT_MAX: '10',
      RATE_LIMIT_WINDOW_MS: '60000',
      ...settings,
    }
    const start = async () => {
      const started = await offlineApp(environment, {
        logDestination: { write: (line) => void (line.includes('"request"') || lines.push(line)) },
      })
      started.app.post('/guess', { config: { anonymous: true, signIn: true } }, async () => ({ let: 'in' }))
      await started.app.ready()
      return started
    }
    return [await start(), await start()]
  }
  const ask = (app: FastifyInstance, remoteAddress = '192.0.2.1', url = '/api/me') => app.inject({ url, remoteAddress })
  const statusOf = async (app: FastifyInstance, remoteAddress?: string, url?: string) => (await ask(app, remoteAddress, url)).statusCode
  const tally = (statuses: number[]) =>
    Object.fromEntries([...new Set(statuses)].toSorted().map((status) => [status, statuses.filter((one) => one === status).length]))

  test('let exactly as many calls through as one would, however they arrive (RATE_LIMITED)', async () => {
    const [one, other] = await pair()
    await using _one = one
    await using _other = other
    const statuses = await Promise.all(Array.from({ length: 60 }, (_, i) => statusOf(i % 2 === 0 ? one.app : other.app)))
    expect(tally(statuses)).toEqual({ 401: 10, 429: 50 })
    const refused = await ask(other.app)
    expect(refused.headers).toMatchObject({ 'ratelimit-limit': '10', 'ratelimit-remaining': '0' })
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect(await statusOf(other.app, '192.0.2.2')).toBe(401)
  })

  test('refuse a batch that does not fit as a whole, and take nothing for it (RATE_LIMITED)', async () => {
    const [one, other] = await pair()
    await using _one = one
    await using _other = other
    const batch = (calls: number) => `/trpc/${Array.from({ length: calls }, () => 'me.get').join(',')}?batch=1`
    expect(await statusOf(one.app, '192.0.2.1', batch(9))).toBe(401)
    expect(await statusOf(other.app, '192.0.2.1', batch(2))).toBe(429)
    expect(await statusOf(other.app)).toBe(401)
    expect(await statusOf(one.app)).toBe(429)
  })

  test('keep their counts under their prefix, without anybody’s name or address, and every one ends by itself', async () => {
    const [one, other] = await pair()
    await using _one = one
    await using _other = other
    await statusOf(one.app)
    await one.app.inject({ url: '/api/me', headers: one.signedIn })
    const keys = await redis.client.keys(`test${run}:*`)
    expect(keys).toHaveLength(2)
    for (const key of keys) {
      expect(key).toMatch(/^test\d+:calls:[\w-]{43}$/)
      const left = await redis.client.pttl(key)
      expect([left > 0, left <= 60_000]).toEqual([true, true])
    }
  })

  test('begin anew when the window has ended', async () => {
    const [one, other] = await pair({ RATE_LIMIT_MAX: '1', RATE_LIMIT_WINDOW_MS: '300' })
    await using _one = one
    await using _other = other
    await statusOf(one.app)
    await vi.waitFor(async () => expect(await statusOf(other.app)).toBe(429), { timeout: 20_000, interval: 1 })
    await vi.waitFor(async () => expect(await statusOf(other.app)).toBe(401), { timeout: 20_000 })
  })

  test('share the limits on sign-in: per address and per account (RATE_LIMITED)', async () => {
    const [one, other] = await pair({ SIGN_IN_LIMIT_MAX: '2', SIGN_IN_ACCOUNT_LIMIT_MAX: '3', RATE_LIMIT_MAX: '1000' })
    await using _one = one
    await using _other = other
    const guess = async ({ app }: OfflineApp, remoteAddress: string) =>
      (await app.inject({ method: 'POST', url: '/guess', payload: { email: 'v@example.com' }, remoteAddress })).statusCode
    expect([await guess(one, '192.0.2.1'), await guess(other, '192.0.2.1'), await guess(one, '192.0.2.1')]).toEqual([200, 200, 429])
    expect([await guess(other, '192.0.2.2'), await guess(one, '192.0.2.3')]).toEqual([200, 429])
  })

  test('answer under load while it dies, each by its own count, and share again when it is back; its password is in no log', async () => {
    lines.length = 0
    const [one, other] = await pair({ RATE_LIMIT_MAX: '1000000' })
    await using _one = one
    await using _other = other
    const seen: number[] = []
    let loaded = true
    const load = [one, other, one, other].map(async ({ app }) => {
      while (loaded) {
        seen.push(await statusOf(app))
        // Injected requests alone would leave no turn to sockets.
        await new Promise(setImmediate)
      }
    })
    const remaining = async ({ app }: OfflineApp) => Number((await ask(app, '192.0.2.7')).headers['ratelimit-remaining'])
    const together = async () => (await remaining(one)) - (await remaining(other))
    expect(await together()).toBe(1)

    await redis.kill()
    await vi.waitFor(() => expect(lines.filter((line) => line.includes('does not answer'))).toHaveLength(2), { timeout: 20_000 })
    expect(await together()).toBe(0)

    await redis.start()
    await vi.waitFor(async () => expect(await together()).toBe(1), { timeout: 20_000 })
    loaded = false
    await Promise.all(load)
    expect(tally(seen)).toEqual({ 401: seen.length })
    expect(lines.filter((line) => line.includes('does not answer'))).toHaveLength(2)
    expect(lines.join('')).not.toContain(redis.password)
  })

  test('answer while it is frozen', async () => {
    const [one, other] = await pair({ RATE_LIMIT_MAX: '5' })
    await using _one = one
    await using _other = other
    redis.signal('SIGSTOP')
    try {
      const statuses = await Promise.all(Array.from({ length: 40 }, () => statusOf(one.app)))
      expect(tally(statuses)).toEqual({ 401: 5, 429: 35 })
    } finally {
      redis.signal('SIGCONT')
    }
  })

  test('start and count for themselves where it is not there, and say so once', async () => {
    lines.length = 0
    const [one, other] = await pair({ REDIS_URL: 'redis://:canary-of-redis@127.0.0.1:1', RATE_LIMIT_MAX: '1' })
    await using _one = one
    await using _other = other
    expect([await statusOf(one.app), await statusOf(other.app), await statusOf(one.app)]).toEqual([401, 401, 429])
    expect(lines.filter((line) => line.includes('does not answer'))).toHaveLength(2)
    expect(lines.join('')).not.toContain('canary-of-redis')
  })

  test('let go of their connections when they close', async () => {
    const before = Number(await redis.client.client('LIST').then((list) => String(list).trim().split('\n').length))
    const [one, other] = await pair()
    const connections = async () =>
      String(await redis.client.client('LIST'))
        .trim()
        .split('\n').length
    expect(await connections()).toBe(before + 2)
    await one[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
    await vi.waitFor(async () => expect(await connections()).toBe(before), { timeout: 20_000 })
  })
})
