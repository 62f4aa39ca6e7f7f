// What docs/deploy.md and compose.yaml say to set is what production wants, and all of it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadSettings, requireProductionSettings, SettingsError } from '@fleetflow/server'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const page = readFileSync(join(root, 'docs', 'deploy.md'), 'utf8')
const compose = readFileSync(join(root, 'compose.yaml'), 'utf8')

/** What somebody writes where the page has dots. */
const written: Record<string, string> = {
  DATABASE_URL: 'postgres://fleetflow_api:a@localhost/fleetflow',
  AUTH_DATABASE_URL: 'postgres://fleetflow_auth:b@localhost/fleetflow',
  AUTH_SECRET: 'x'.repeat(44),
  JWT_ISSUER: 'https://login.example.com/',
  JWT_AUDIENCE: 'fleetflow',
  JWKS_URL: 'https://login.example.com/jwks.json',
}
const passwords = { POSTGRES_PASSWORD: 'a', FLEETFLOW_API_PASSWORD: 'b', FLEETFLOW_AUTH_PASSWORD: 'c' }
const provider = { JWT_ISSUER: 'https://login.example.com/', JWT_AUDIENCE: 'fleetflow', JWKS_URL: 'https://login.example.com/jwks.json' }
const bundled = {
  PUBLIC_URL: 'https://fleet.example.com',
  AUTH_SECRET: 'x'.repeat(44),
  SMTP_URL: 'smtps://user:password@mail.example.com',
  MAIL_FROM: 'FleetFlow <no-reply@example.com>',
}

function problemsOf(settings: Record<string, string>): string {
  try {
    requireProductionSettings(loadSettings(settings))
    return ''
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    return error.problems.join('\n')
  }
}

/** The settings of a service of compose.yaml with this .env; a variable that it insists on and does not get is an error. */
function composed(service: string, env: Record<string, string>): Record<string, string> {
  const block = compose.split(/^ {2}(?=\w+:$)/m).find((text) => text.startsWith(`${service}:`)) ?? ''
  const lines = [...block.matchAll(/^ {6}([A-Z_]+): (.*)$/gm)].map(([, name = '', value = '']) => {
    const filled = value.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, key: string, kind?: string, rest?: string) => {
      if (env[key] === undefined && kind === '?') throw new Error(rest)
      return env[key] ?? (kind === '-' ? (rest ?? '') : '')
    })
    return [name, filled] as const
  })
  return { NODE_ENV: 'production', HOST: '0.0.0.0', ...Object.fromEntries(lines) }
}

const starts = [...page.matchAll(/^NODE_ENV=production [\s\S]*?npx pnpm fleetflow start$/gm)].map(([command]) =>
  Object.fromEntries(
    [...command.matchAll(/([A-Z_]+)=('[^']*'|\S+)/g)].map(([, name = '', value = '']) => [
      name,
      value === '...' ? (written[name] ?? '') : value.replaceAll("'", ''),
    ]),
  ),
)

describe('docs/deploy.md', () => {
  test('starts with a provider and with the bundled issuer, each with all that is needed and nothing more', () => {
    expect(starts.map((settings) => settings.ISSUER)).toEqual([undefined, 'on'])
    for (const settings of starts) {
      expect(problemsOf(settings)).toBe('')
      const needed = Object.keys(settings).filter((name) => !['NODE_ENV', 'ISSUER', 'JWKS_URL'].includes(name))
      for (const name of needed) expect(problemsOf({ ...settings, [name]: '' })).toContain(name)
    }
  })
})

describe('compose.yaml', () => {
  test('serves with the settings that the page names, of the bundled issuer, of a provider, or of both', () => {
    for (const env of [bundled, provider, { ...bundled, ...provider, ISSUER: 'on' }]) {
      for (const name of Object.keys({ ...passwords, ...env })) expect(page).toContain(name)
      const settings = composed('api', { ...passwords, ...env })
      expect(problemsOf(settings)).toBe('')
      expect(loadSettings(settings).issuer === undefined).toBe(!('PUBLIC_URL' in env))
      expect(() => loadSettings(composed('migrate', { ...passwords, ...env }))).not.toThrow()
    }
    expect(problemsOf(composed('api', passwords))).toContain('ISSUER=on')
  })

  test('sets the passwords of both roles before the API starts', () => {
    const { authDatabaseUrl, databaseUrl } = loadSettings(composed('migrate', passwords))
    expect([databaseUrl, authDatabaseUrl].map((url) => new URL(url ?? '').password)).toEqual(['b', 'c'])
    const { FLEETFLOW_AUTH_PASSWORD: _, ...others } = passwords
    expect(() => composed('migrate', others)).toThrow('FLEETFLOW_AUTH_PASSWORD')
  })
})
