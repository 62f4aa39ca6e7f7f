// Settings: the defaults people rely on, and errors that name the setting without showing its value.
import { loadSettings, requireProductionSettings, SettingsError } from '@fleetflow/server'
import { describe, expect, it } from 'vitest'

const problemsOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof SettingsError) return error.message
    throw error
  }
  return ''
}

describe('settings', () => {
  it('are complete without any variable, on loopback, port 3000', () => {
    expect(loadSettings({})).toMatchObject({ port: 3000, host: '127.0.0.1', production: false, databaseUrl: undefined, trustProxy: [] })
    expect(loadSettings({}).home).toMatch(/\.fleetflow$/)
  })

  it('treat an empty variable as absent', () => {
    expect(loadSettings({ PORT: '', DATABASE_URL: '' })).toMatchObject({ port: 3000, databaseUrl: undefined })
  })

  it('use DATABASE_URL for administration unless DATABASE_ADMIN_URL is set', () => {
    const DATABASE_URL = 'postgres://a@localhost/x'
    expect(loadSettings({ DATABASE_URL }).databaseAdminUrl).toBe(DATABASE_URL)
    expect(loadSettings({ DATABASE_URL, DATABASE_ADMIN_URL: 'postgres://b@localhost/x' }).databaseAdminUrl).toBe('postgres://b@localhost/x')
  })

  it.each([
    ['PORT', '70000'],
    ['PORT', '-1'],
    ['PORT', '3e3'],
    ['DATABASE_URL', 'mysql://root:hunter2@host/db'],
    ['DATABASE_URL', 'hunter2'],
    ['NODE_ENV', 'live'],
    ['LOG_LEVEL', 'loud'],
    ['CORS_ORIGINS', 'https://ok.example,https://bad.example/path'],
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', '10.0.0.0/8,everyone'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', '999.0.0.1'],
    ['RATE_LIMIT_MAX', '0'],
    ['STATEMENT_TIMEOUT_MS', 'soon'],
    ['JWKS_URL', 'file:///etc/passwd'],
  ])('refuse %s=%s by the name of the setting', (name, value) => {
    const said = problemsOf(() => loadSettings({ [name]: value }))
    expect(said).toContain(name)
    expect(said).not.toContain(value)
  })

  it('refuse half a token configuration, which would leave the development key in use', () => {
    expect(problemsOf(() => loadSettings({ JWT_ISSUER: 'https://id.example' }))).toContain('JWT_AUDIENCE')
    expect(problemsOf(() => loadSettings({ JWT_ISSUER: 'someone' }))).toMatch(/JWT_AUDIENCE.*\n.*JWKS_URL or JWT_PUBLIC_KEY_FILE/)
    expect(problemsOf(() => loadSettings({ JWKS_URL: 'https://id.example/keys' }))).toMatch(/JWT_ISSUER.*\n.*JWT_AUDIENCE/)
    const both = { JWT_ISSUER: 'i', JWT_AUDIENCE: 'a', JWKS_URL: 'https://id.example', JWT_PUBLIC_KEY_FILE: 'key.pem' }
    expect(problemsOf(() => loadSettings(both))).toContain('keep one')
  })
})

describe('production', () => {
  const database = { NODE_ENV: 'production', DATABASE_URL: 'postgres://fleetflow_api@db/fleetflow' }
  const tokens = { JWT_ISSUER: 'https://id.example', JWT_AUDIENCE: 'fleetflow', JWKS_URL: 'https://id.example/keys' }

  it('says everything that must be set before it starts, in one message', () => {
    const said = problemsOf(() => requireProductionSettings(loadSettings({ NODE_ENV: 'production' })))
    for (const name of ['DATABASE_URL', 'JWT_ISSUER', 'JWT_AUDIENCE', 'JWKS_URL', 'JWT_PUBLIC_KEY_FILE']) expect(said).toContain(name)
  })

  it('never starts on a generated key', () => {
    expect(problemsOf(() => requireProductionSettings(loadSettings(database)))).toContain('JWT_ISSUER')
  })

  it('never starts on the embedded database', () => {
    expect(problemsOf(() => requireProductionSettings(loadSettings({ NODE_ENV: 'production', ...tokens })))).toContain('DATABASE_URL')
  })

  it('is content with a database and token settings', () => {
    expect(problemsOf(() => requireProductionSettings(loadSettings({ ...database, ...tokens })))).toBe('')
  })
})
