// Several issuers, each with keys of its own that rotate while the server runs, and verifications that die with the key that made them.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '@fleetflow/db'
import { buildApp, createVerifier, loadSettings, type Verifier } from '@fleetflow/server'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeKey, openProvider, type Provider, type SigningKey, signToken } from '../support/provider.ts'
import { nowhere, refusalOf, settingsFor } from './harness.ts'

const minutes = 60_000
const kept = { maxAge: 10 * minutes, keptOn: 60 * minutes }
let provider: Provider
let first: SigningKey
let second: SigningKey
/** Moves by hand: `at` is the time that the verifier sees. */
let at: number

const verifierFor = (environment: Record<string, string>): Promise<Verifier> => createVerifier(settingsFor(environment), { now: () => at })

const trusting = (...issuers: object[]) => ({ JWT_ISSUERS: JSON.stringify(issuers) })
const tokenOf = (key: SigningKey, issuer = provider.issuer, more: object = {}, header: object = {}) =>
  signToken(key, { iss: issuer, aud: 'api', sub: 'u1', exp: Math.floor(at / 1000) + 86_400, ...more }, header)
const fetches = () => provider.asked.get('/keys') ?? 0

beforeAll(async () => {
  ;[first, second] = await Promise.all([makeKey('EdDSA'), makeKey('ES256')])
})
beforeEach(async () => {
  provider = await openProvider([first])
  at = Date.now()
})

describe('keys', () => {
  it('that appear are believed at the next call, without a restart', async () => {
    const verify = await verifierFor(trusting({ issuer: provider.issuer, audience: 'api' }))
    await verify(tokenOf(first))
    provider.published.push(second.publicJwk)
    at += minutes
    expect(await verify(tokenOf(second))).toEqual({ issuer: provider.issuer, subject: 'u1' })
    await verify(tokenOf(first))
    expect(fetches()).toBe(2)
  })

  it('that were withdrawn are refused once the set is old, and so is what they vouched for (UNAUTHENTICATED)', async () => {
    const verify = await verifierFor(trusting({ issuer: provider.issuer, audience: 'api' }))
    const old = tokenOf(first)
    await verify(old)
    provider.published = [second.publicJwk]
    at += kept.maxAge - 1
    await verify(old)
    at += 1
    await expect(verify(old)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    await verify(tokenOf(second))
    expect(fetches()).toBe(2)
  })

  it('whose purpose changed take their verifications with them (UNAUTHENTICATED)', async () => {
    const verify = await verifierFor(trusting({ issuer: provider.issuer, audience: 'api' }))
    const token = tokenOf(first)
    await verify(token)
    provider.published = [{ ...first.publicJwk, use: 'enc' }, second.publicJwk]
    at += minutes
    await verify(tokenOf(second))
    await expect(verify(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it('that nobody knows cause one fetch and no flood', async () => {
    const verify = await verifierFor(trusting({ issuer: provider.issuer, audience: 'api' }))
    await verify(tokenOf(first))
    at += minutes
    const unknown = Array.from({ length: 300 }, (_, n) => tokenOf(second, provider.issuer, {}, { kid: `made-up-${n}` }))
    const codes = await Promise.all(unknown.map((token) => verify(token).catch(({ code }: { code: string }) => code)))
    expect(new Set(codes)).toEqual(new Set(['UNAUTHENTICATED']))
    for (const token of unknown) await expect(verify(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(fetches()).toBe(2)
  })

  it('are asked for once by callers at the same time', async () => {
    const verify = await verifierFor(trusting({ issuer: provider.issuer, audience: 'api' }))
    await Promise.all(Array.from({ length: 50 }, (_, n) => verify(tokenOf(first, provider.issuer, { sub: `u${n}` }))))
    expect([fetches(), provider.asked.get('/.well-known/openid-configuration')]).toEqual([1, 1])
  })

  it('serve on while the provider is down, for a bounded time, and then nobody can tell (UNAVAILABLE)', async () => {
    const verify = await verifierFor(trusting({ issuer: provider.issuer, audience: 'api' }))
    const remembered = tokenOf(first)
    await verify(remembered)
    provider.instead = (response) => response.writeHead(500).end()
    at += kept.maxAge + kept.keptOn - 1
    for (const token of [remembered, tokenOf(first, provider.issuer, { sub: 'u2' })]) await verify(token)
    await expect(verify(tokenOf(second))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    at += 1
    for (const token of [remembered, tokenOf(first)]) await expect(verify(token)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(provider.asked.get('/.well-known/openid-configuration')).toBe(2)
    provider.instead = undefined
    at += minutes
    await verify(remembered)
  })

  const broken: [string, (p: Provider) => void][] = [
    ['a discovery document of another issuer', (p) => Object.assign(p.discovery, { issuer: `${p.issuer}/` })],
    ['a discovery document without an address', (p) => Object.assign(p.discovery, { jwks_uri: 7 })],
    [
      'an address in the clear',
      (p) => Object.assign(p.discovery, { jwks_uri: `${p.issuer.replace('127.0.0.1', '[::ffff:127.0.0.1]')}/keys` }),
    ],
    [
      'a redirection',
      (p) => {
        const document = JSON.stringify({ issuer: p.issuer, jwks_uri: `${p.issuer}/keys`, keys: p.published })
        p.instead = (r) => (r.req.url?.startsWith('/.well-known') ? r.writeHead(302, { location: '/moved' }).end() : r.end(document))
      },
    ],
    ['a page instead of JSON', (p) => Object.assign(p, { instead: (r: ServerAnswer) => r.end('<html>') })],
    [
      'more than half a megabyte',
      (p) => Object.assign(p, { instead: (r: ServerAnswer) => r.end(`{"keys":[],"x":"${'x'.repeat(600_000)}"}`) }),
    ],
    ['more keys than anybody has', (p) => Object.assign(p, { published: Array.from({ length: 51 }, () => first.publicJwk) })],
  ]
  it.each(broken)('are not taken from %s (UNAVAILABLE)', async (_name, spoil) => {
    const verify = await verifierFor(trusting({ issuer: provider.issuer, audience: 'api' }))
    spoil(provider)
    await expect(verify(tokenOf(first))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })
})

type ServerAnswer = import('node:http').ServerResponse

describe('several issuers', () => {
  it('are believed at once, each by its own keys, audience and algorithms', async () => {
    const other = await openProvider([second])
    const file = join(mkdtempSync(join(tmpdir(), 'fleetflow-keys-')), 'keys.json')
    const [third, fourth] = await Promise.all([makeKey('ES384'), makeKey('PS256')])
    writeFileSync(file, JSON.stringify({ keys: [third.publicJwk, fourth.publicJwk] }))
    const verify = await verifierFor(
      trusting(
        { issuer: provider.issuer, audience: 'api' },
        { issuer: other.issuer, audience: ['mobile', 'api'], jwksUrl: `${other.issuer}/keys` },
        { issuer: 'https://file.example', audience: 'api', publicKeyFile: file, algorithms: ['ES384', 'PS256'] },
      ),
    )
    const good: [SigningKey, string][] = [
      [first, provider.issuer],
      [second, other.issuer],
      [third, 'https://file.example'],
      [fourth, 'https://file.example'],
    ]
    for (const [key] of good) {
      for (const issuer of [provider.issuer, other.issuer, 'https://file.example']) {
        const verdict = verify(tokenOf(key, issuer))
        if (good.some(([k, i]) => k === key && i === issuer)) expect(await verdict).toEqual({ issuer, subject: 'u1' })
        else await expect(verdict).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
      }
    }
    await verify(tokenOf(second, other.issuer, { aud: 'mobile' }))
    await expect(verify(tokenOf(first, provider.issuer, { aud: 'mobile' }))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    await expect(verify(tokenOf(first, provider.issuer, { sid: 's1' }))).resolves.not.toHaveProperty('session')
  })

  it('lend an address unless they say that it is unproven', async () => {
    const verify = await verifierFor(trusting({ issuer: provider.issuer, audience: 'api' }))
    const seen = (more: object) => verify(tokenOf(first, provider.issuer, { email: 'a@b.example', ...more })).then(({ email }) => email)
    expect([await seen({}), await seen({ email_verified: true })]).toEqual(['a@b.example', 'a@b.example'])
    for (const said of [false, 'false', 'False', 'no', null, 0, {}]) expect(await seen({ email_verified: said })).toBeUndefined()
  })

  it('of which one is down leave the others alone', async () => {
    const verify = await verifierFor(
      trusting({ issuer: provider.issuer, audience: 'api' }, { issuer: 'http://127.0.0.1:1', audience: 'api' }),
    )
    await expect(verify(tokenOf(first, 'http://127.0.0.1:1'))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await verify(tokenOf(first))
  })

  it('leave no room for the development key, nor does production', async () => {
    const dev = settingsFor()
    const { developmentIssuer, signDevelopmentToken } = await import('@fleetflow/server')
    const token = await signDevelopmentToken({ home: dev.home, email: 'a@b.example' })
    expect(await (await createVerifier(dev))(token)).toMatchObject({ issuer: developmentIssuer })
    for (const settings of [
      settingsFor({ ...trusting({ issuer: provider.issuer, audience: 'api' }), FLEETFLOW_HOME: dev.home }),
      { ...dev, production: true },
    ]) {
      await expect((await createVerifier(settings))(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    }
  })

  it.each([
    ['no JSON', 'nothing.json'],
    ['an empty list', '[]'],
    ['an issuer without audience', '[{"issuer":"https://a.example"}]'],
    ['an unknown member', '[{"issuer":"https://a.example","audience":"api","secret":"hunter2"}]'],
    ['a symmetric algorithm', '[{"issuer":"https://a.example","audience":"api","algorithms":["HS256"]}]'],
    ['keys in the clear', '[{"issuer":"https://a.example","audience":"api","jwksUrl":"http://a.example/keys"}]'],
    ['a name that has no keys', '[{"issuer":"urn:a","audience":"api"}]'],
    ['keys twice', '[{"issuer":"urn:a","audience":"api","jwksUrl":"https://a.example","publicKeyFile":"key.pem"}]'],
    ['an issuer twice', '[{"issuer":"https://a.example","audience":"api"},{"issuer":"https://a.example","audience":"b"}]'],
  ])('are refused by the name of the setting when they are %s', (_name, JWT_ISSUERS) => {
    expect(() => loadSettings({ JWT_ISSUERS })).toThrow('JWT_ISSUERS')
    expect(() => loadSettings({ JWT_ISSUERS })).not.toThrow(/hunter2|a\.example/)
  })
})

describe('the server', () => {
  it('refuses a remembered token at the next call after its key was rotated away (UNAUTHENTICATED)', async () => {
    const settings = settingsFor(trusting({ issuer: provider.issuer, audience: 'api' }))
    const database = connect({ url: nowhere })
    const app = await buildApp({ settings, database, verifier: await createVerifier(settings, { now: () => at }) })
    const ask = async (token: string) => refusalOf(await app.inject({ url: '/api/me', headers: { authorization: `Bearer ${token}` } })).code
    const old = tokenOf(first)
    expect([await ask(old), await ask(old)]).toEqual(['UNAVAILABLE', 'UNAVAILABLE'])
    provider.published = [second.publicJwk]
    at += kept.maxAge
    expect(await ask(old)).toBe('UNAUTHENTICATED')
    expect(await ask(tokenOf(second))).toBe('UNAVAILABLE')
    await app.close()
    await database.close()
  })
})
