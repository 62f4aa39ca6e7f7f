// The rate limits: calls and not requests, whose they are, what is said about them, and sign-in more strictly.
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { describe, expect, it } from 'vitest'
import { addressPrefix } from '../../server/src/http/limits/address.ts'
import { memoryCounter } from '../../server/src/http/limits/counter.ts'
import { offlineApp, refusalOf } from './harness.ts'

const limited = { RATE_LIMIT_MAX: '10', RATE_LIMIT_WINDOW_MS: '60000' }
const batch = (calls: number) => `/trpc/${Array.from({ length: calls }, () => 'me.get').join(',')}?batch=1`

const left = ({ statusCode, headers }: LightMyRequestResponse) => [statusCode, headers['ratelimit-limit'], headers['ratelimit-remaining']]

describe('the rate limit', () => {
  it('counts calls, not requests: a batch of ten is ten (RATE_LIMITED)', async () => {
    await using small = await offlineApp(limited)
    expect(left(await small.app.inject({ url: batch(10) }))).toEqual([401, '10', '0'])
    const next = await small.app.inject({ url: '/trpc/me.get' })
    expect([next.statusCode, refusalOf(next)]).toMatchObject([429, { code: 'RATE_LIMITED', retryable: true }])
  })

  it('refuses a batch that does not fit as a whole, and takes nothing for it (RATE_LIMITED)', async () => {
    await using small = await offlineApp(limited)
    expect(left(await small.app.inject({ url: batch(9) }))).toEqual([401, '10', '1'])
    const refused = await small.app.inject({ url: batch(2) })
    expect([left(refused), refusalOf(refused).code]).toEqual([[429, '10', '1'], 'RATE_LIMITED'])
    expect(left(await small.app.inject({ url: '/api/me' }))).toEqual([401, '10', '0'])
  })

  it('counts a batch by its commas however they are written', async () => {
    await using small = await offlineApp(limited)
    expect(left(await small.app.inject({ url: batch(9).replaceAll(',', '%2C') }))).toEqual([401, '10', '1'])
  })

  it('says when to come back: Retry-After, ratelimit-reset and retryAfterMs agree', async () => {
    await using small = await offlineApp({ ...limited, RATE_LIMIT_MAX: '1' })
    await small.app.inject({ url: '/api/me' })
    const refused = await small.app.inject({ url: '/api/me' })
    const { retryAfterMs = 0 } = refusalOf(refused)
    expect([retryAfterMs > 0, retryAfterMs <= 60_000]).toEqual([true, true])
    expect(refused.headers['retry-after']).toBe(String(Math.ceil(retryAfterMs / 1000)))
    expect(refused.headers['ratelimit-reset']).toBe(refused.headers['retry-after'])
  })

  it('counts bad tokens by the address, and every person apart; health is never limited', async () => {
    await using small = await offlineApp(limited)
    const statusOf = async (headers: Record<string, string>, url = '/api/me') => (await small.app.inject({ url, headers })).statusCode
    for (let guess = 0; guess < 10; guess += 1) expect(await statusOf({ authorization: `Bearer guess${guess}` })).toBe(401)
    expect(await statusOf({ authorization: 'Bearer guess' })).toBe(429)
    expect(await statusOf({})).toBe(429)
    expect(await statusOf(small.signedIn)).toBe(503)
    expect(await statusOf({}, '/health/live')).toBe(200)
  })

  it('counts a person wherever they call from', async () => {
    await using small = await offlineApp({ ...limited, RATE_LIMIT_MAX: '2' })
    const from = async (remoteAddress: string) =>
      (await small.app.inject({ url: '/api/me', headers: small.signedIn, remoteAddress })).statusCode
    expect([await from('192.0.2.1'), await from('192.0.2.2'), await from('192.0.2.3')]).toEqual([503, 503, 429])
  })

  it('counts an API key by itself and, until the database has judged it, by its address too', async () => {
    await using small = await offlineApp({ ...limited, RATE_LIMIT_MAX: '2' })
    const statusOf = async (remoteAddress: string, key: string) => {
      const headers = { authorization: `Bearer ffk_${Buffer.alloc(32, key).toString('base64url')}` }
      return (await small.app.inject({ url: '/api/me', headers, remoteAddress })).statusCode
    }
    expect([await statusOf('192.0.2.1', 'a'), await statusOf('192.0.2.1', 'b'), await statusOf('192.0.2.1', 'c')]).toEqual([503, 503, 429])
    expect([await statusOf('192.0.2.2', 'a'), await statusOf('192.0.2.3', 'a')]).toEqual([503, 429])
  })

  it('believes X-Forwarded-For only from a trusted proxy', async () => {
    const statuses = async (environment: Record<string, string>) => {
      await using small = await offlineApp({ ...limited, RATE_LIMIT_MAX: '1', ...environment })
      const ask = (client: string) =>
        small.app.inject({ url: '/api/me', headers: { 'x-forwarded-for': client }, remoteAddress: '10.0.0.1' })
      return [(await ask('1.1.1.1')).statusCode, (await ask('2.2.2.2')).statusCode]
    }
    expect(await statuses({})).toEqual([401, 429])
    expect(await statuses({ TRUST_PROXY: '10.0.0.0/8' })).toEqual([401, 401])
    expect(await statuses({ TRUST_PROXY: '192.168.0.0/16' })).toEqual([401, 429])
  })

  it('takes all of an IPv6 /64 for one, an IPv4 for itself, also inside IPv6', async () => {
    await using small = await offlineApp({ ...limited, RATE_LIMIT_MAX: '1' })
    const from = async (remoteAddress: string) => (await small.app.inject({ url: '/api/me', remoteAddress })).statusCode
    expect([await from('2001:db8:1:2::1'), await from('2001:db8:1:2:ffff:ffff:ffff:ffff')]).toEqual([401, 429])
    expect(await from('2001:db8:1:3::1')).toBe(401)
    expect([await from('198.51.100.1'), await from('::ffff:198.51.100.1'), await from('198.51.100.2')]).toEqual([401, 429, 401])
  })

  it('is counted in metrics', async () => {
    await using small = await offlineApp({ ...limited, RATE_LIMIT_MAX: '1' })
    for (let call = 0; call < 3; call += 1) await small.app.inject({ url: '/api/me' })
    expect((await small.app.inject('/metrics')).body).toContain('fleetflow_requests_refused_total{code="RATE_LIMITED"} 2')
  })
})

describe('an address', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:cb00:7107', '203.0.113.7'],
    ['0:0:0:0:0:ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:0DB8:0000:0000:1234::', '2001:db8:0:0::/64'],
    ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4::/64'],
    ['1::4:5:6:7:8', '1:0:0:4::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['::1:203.0.113.7', '0:0:0:0::/64'],
    ['unix:/run/socket', 'unknown'],
    ['1.2.3', 'unknown'],
    ['01.2.3.4', 'unknown'],
    ['', 'unknown'],
  ])('%j counts as %s', (address, prefix) => expect(addressPrefix(address)).toBe(prefix))
})

describe('a window', () => {
  it('ends by the clock and begins anew; what is refused does not prolong it', async () => {
    let now = 0
    const take = memoryCounter({ max: 2, windowMs: 1000 }, () => now)
    expect(await take('a', 2)).toEqual({ allowed: true, remaining: 0, resetMs: 1000 })
    now = 999
    expect(await take('a', 1)).toEqual({ allowed: false, remaining: 0, resetMs: 1 })
    now = 1000
    expect(await take('a', 1)).toEqual({ allowed: true, remaining: 1, resetMs: 1000 })
  })

  it('has a bounded number of neighbours: the one that ends first makes room', async () => {
    const take = memoryCounter({ max: 1, windowMs: 1000 }, () => 0)
    for (let key = 0; key < 100_001; key += 1) await take(String(key), 1)
    expect(await take('100000', 1)).toMatchObject({ allowed: false })
    expect(await take('1', 1)).toMatchObject({ allowed: false })
    expect(await take('0', 1)).toMatchObject({ allowed: true })
  })
})

describe('sign-in', () => {
  const strict = { SIGN_IN_LIMIT_MAX: '3', SIGN_IN_ACCOUNT_LIMIT_MAX: '5', SIGN_IN_LIMIT_WINDOW_MS: '60000' }

  /** An app with a route that is marked as sign-in; answers how an attempt goes. */
  async function signInApp(app: FastifyInstance) {
    app.post('/guess', { config: { anonymous: true, signIn: true } }, async () => ({ let: 'in' }))
    return async (remoteAddress: string, email: unknown) => {
      const options = { method: 'POST', url: '/guess', remoteAddress, payload: { email } } as const
      return (await app.inject(options)).statusCode
    }
  }

  it('is limited per address, more strictly than calls, whatever account it names (RATE_LIMITED)', async () => {
    await using offline = await offlineApp(strict)
    const guess = await signInApp(offline.app)
    for (const name of ['a', 'b', 'c']) expect(await guess('192.0.2.1', `${name}@example.com`)).toBe(200)
    expect(await guess('192.0.2.1', 'd@example.com')).toBe(429)
    expect(await guess('192.0.2.2', 'd@example.com')).toBe(200)
    expect((await offline.app.inject({ url: '/api/me', remoteAddress: '192.0.2.1' })).statusCode).toBe(401)
  })

  it('is limited per account from all addresses together, however the account is spelled (RATE_LIMITED)', async () => {
    await using offline = await offlineApp(strict)
    const guess = await signInApp(offline.app)
    const spelled = ['v@example.com', 'V@Example.com', ' v@example.com ', '\uff56@example.com', 'v@EXAMPLE.COM']
    for (const [i, email] of spelled.entries()) expect(await guess(`192.0.2.${i}`, email)).toBe(200)
    expect(await guess('192.0.2.99', 'v@example.com')).toBe(429)
    expect(await guess('192.0.2.98', 'w@example.com')).toBe(200)
  })

  it('that names no account is counted by its address alone', async () => {
    await using offline = await offlineApp(strict)
    const guess = await signInApp(offline.app)
    for (const email of [undefined, 5, { a: 1 }]) expect(await guess('192.0.2.1', email)).toBe(200)
    expect(await guess('192.0.2.1', null)).toBe(429)
  })
})
