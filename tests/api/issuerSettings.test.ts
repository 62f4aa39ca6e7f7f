// The bundled issuer by configuration: off means off, keys rotate without a restart, and production asks for all it needs.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadSettings, requireProductionSettings, SettingsError } from '@fleetflow/server'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import postgres from 'postgres'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { bearer, letterTo, openIssuerApp, password, signIn, signUp, tokenOf } from '../support/issuer.ts'

const problemsOf = (work: () => unknown): string => {
  try {
    work()
    return ''
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    return error.problems.join('\n')
  }
}

describe('which servers run the bundled issuer', () => {
  const other = { JWT_ISSUER: 'https://login.example.com/', JWT_AUDIENCE: 'x', JWKS_URL: 'https://login.example.com/jwks' }
  const isOn = (given: Record<string, string>) => loadSettings(given).issuer !== undefined

  test('on in development, off beside another provider unless it is set on, off where it is set off', () => {
    expect(isOn({})).toBe(true)
    expect(isOn(other)).toBe(false)
    expect(isOn({ ...other, ISSUER: 'on' })).toBe(true)
    expect(isOn({ ISSUER: 'off' })).toBe(false)
    expect(isOn({ NODE_ENV: 'production' })).toBe(false)
    expect(isOn({ NODE_ENV: 'production', AUTH_SECRET: 'x'.repeat(32) })).toBe(true)
    expect(isOn({ DATABASE_URL: 'postgres://fleetflow_api:x@localhost/x' })).toBe(false)
  })

  test('production names every setting that is missing, and a short secret is refused anywhere', () => {
    const production = loadSettings({ NODE_ENV: 'production', ISSUER: 'on', DATABASE_URL: 'postgres://fleetflow_api:x@localhost/x' })
    const problems = problemsOf(() => requireProductionSettings(production))
    for (const name of ['AUTH_SECRET', 'AUTH_DATABASE_URL', 'SMTP_URL', 'PUBLIC_URL']) expect(problems).toContain(name)
    expect(problemsOf(() => loadSettings({ AUTH_SECRET: 'x'.repeat(31) }))).toContain('AUTH_SECRET')
    expect(problemsOf(() => loadSettings({ SMTP_URL: 'smtp://localhost' }))).toContain('MAIL_FROM')
    expect(problemsOf(() => loadSettings({ PUBLIC_URL: 'https://example.com/path' }))).toContain('PUBLIC_URL')
  })
})

describe('a server with its issuer', async () => {
  const app = await openIssuerApp({ settings: { JWKS_MAX_AGE_MS: '1000' } })
  const issuer = postgres(app.database.authUrl, { max: 1, onnotice: () => {} })
  afterAll(() => issuer.end())

  test('signs with a new key once the old one has expired, and still believes what the old one signed', async () => {
    await signUp(app, 'rotate@example.com')
    const session = await signIn(app, 'rotate@example.com')
    const before = await tokenOf(app, session)
    await issuer`update issuer.jwks set expires_at = now() - interval '1 second'`
    const after = await tokenOf(app, session)
    expect(decodeProtectedHeader(after).kid).not.toBe(decodeProtectedHeader(before).kid)
    for (const token of [after, before]) expect((await app.get('/api/me', bearer(token))).status).toBe(200)
    const { keys } = (await (await app.get('/auth/jwks')).json()) as { keys: unknown[] }
    expect(keys).toHaveLength(2)
  })

  test('switched off has no route, opens no connection and believes none of its tokens (UNAUTHENTICATED)', async () => {
    await signUp(app, 'off@example.com')
    const token = await tokenOf(app, await signIn(app, 'off@example.com'))
    const connections = async () => {
      const [row] = await issuer<{ n: number }[]>`
        select count(*)::int as n from pg_stat_activity where application_name = 'fleetflow-issuer' and datname = current_database()`
      return row?.n
    }
    await issuer`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'fleetflow-issuer' and datname = current_database()`
    await vi.waitFor(async () => expect(await connections()).toBe(0))
    const off = await openTestApp({ database: app.database, settings: { ISSUER: 'off', AUTH_DATABASE_URL: app.database.authUrl } })
    for (const path of ['/auth/jwks', '/auth/token', '/.well-known/openid-configuration']) {
      expect([path, (await fetch(`${off.url}${path}`)).status]).toEqual([path, 404])
    }
    expect((await fetch(`${off.url}/auth/sign-in/email`, { method: 'POST' })).status).toBe(404)
    expect((await fetch(`${off.url}/api/me`, { headers: bearer(token) })).status).toBe(401)
    expect(await connections()).toBe(0)
  })

  test('names the address at which it listens in links and tokens where PUBLIC_URL is not set, also with PORT=0', async () => {
    const local = await openIssuerApp({ database: app.database, settings: { PUBLIC_URL: '', PORT: '0' } })
    const email = 'port@example.com'
    await local.post('/auth/sign-up/email', { email, password, name: 'Port' })
    const { text } = await letterTo(local, email, /^Verify/)
    const link = /^http:\S+$/m.exec(text)?.[0] ?? ''
    expect(link.startsWith(`${local.url}/auth/verify-email?token=`)).toBe(true)
    expect((await fetch(link)).status).toBe(200)
    expect(decodeJwt(await tokenOf(local, await signIn(local, email))).iss).toBe(local.url)
    expect(await (await local.get('/.well-known/openid-configuration')).json()).toMatchObject({ issuer: local.url })
    const everywhere = await openIssuerApp({ database: app.database, settings: { PUBLIC_URL: '', PORT: '0', HOST: '0.0.0.0' } })
    const found = await fetch(`http://127.0.0.1:${everywhere.port}/.well-known/openid-configuration`)
    expect(await found.json()).toMatchObject({ issuer: `http://127.0.0.1:${everywhere.port}` })
  })

  test('makes its development secret once, for its owner alone', async () => {
    const home = mkdtempSync(join(tmpdir(), 'fleetflow-secret-'))
    afterAll(() => rmSync(home, { recursive: true, force: true }))
    const settings = { FLEETFLOW_HOME: home, AUTH_SECRET: '' }
    await openIssuerApp({ database: app.database, settings })
    const secret = readFileSync(join(home, 'auth-secret'), 'utf8')
    expect(secret.length).toBeGreaterThanOrEqual(43)
    expect(statSync(join(home, 'auth-secret')).mode & 0o777).toBe(0o600)
    await openIssuerApp({ database: app.database, settings })
    expect(readFileSync(join(home, 'auth-secret'), 'utf8')).toBe(secret)
  })
})
