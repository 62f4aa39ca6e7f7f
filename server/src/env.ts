// The settings, read from the environment once and checked: the only file that looks at process.env.
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { z } from 'zod'
import { type IssuerOptions, issuerOptions, missingInProduction } from './issuerSettings.ts'
import { SettingsError } from './settingsError.ts'
import { issuerSettings, safeUrl, type TokenSettings } from './tokenSettings.ts'

export { SettingsError } from './settingsError.ts'

const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(least, `must be at least ${least}`).max(most, `must be at most ${most}`))

const integer = (least: number, most: number, fallback: number) => whole(least, most).default(fallback)

const list = z
  .string()
  .default('')
  .transform((value) =>
    value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  )

const postgresUrl = z
  .string()
  .refine(
    (value) => /^postgres(ql)?:\/\//.test(value) && URL.canParse(value),
    'must be a URL like postgres://user:password@host:5432/database',
  )
const redisUrl = z
  .string()
  .refine((value) => /^rediss?:\/\//.test(value) && URL.canParse(value), 'must be a URL like redis://user:password@host:6379')

const isOrigin = (value: string) => URL.canParse(value) && new URL(value).origin === value

const isWebRoot = (value: string) =>
  URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) && new URL(value).href === `${new URL(value).origin}/`

function isNetwork(value: string): boolean {
  const [address = '', prefix] = value.split('/')
  const family = isIP(address)
  return family !== 0 && (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128)))
}

const environment = z.object({
  NODE_ENV: z.enum(['production', 'development', 'test'], 'must be production, development or test').default('development'),
  PORT: integer(0, 65_535, 3000),
  HOST: z.string().default('127.0.0.1'),
  DATABASE_URL: postgresUrl.optional(),
  DATABASE_ADMIN_URL: postgresUrl.optional(),
  DATABASE_POOL_SIZE: integer(1, 1000, 10),
  LOCK_TIMEOUT_MS: integer(1, 600_000, 3000),
  STATEMENT_TIMEOUT_MS: integer(1, 600_000, 10_000),
  SWEEP_INTERVAL_MS: integer(0, 86_400_000, 30_000),
  EVENT_RELAY: z.enum(['on', 'off'], 'must be on or off').default('on'),
  FLEETFLOW_HOME: z.string().default('.fleetflow'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'must be a level of pino').default('info'),
  CORS_ORIGINS: list.refine(
    (origins) => origins.every((origin) => origin === '*' || isOrigin(origin)),
    'must list origins like https://app.example.com',
  ),
  TRUST_PROXY: list.refine((networks) => networks.every(isNetwork), 'must list the addresses or CIDR ranges of your proxies'),
  RATE_LIMIT_MAX: integer(1, 999_999_999, 1000),
  RATE_LIMIT_WINDOW_MS: integer(1, 86_400_000, 60_000),
  SIGN_IN_LIMIT_MAX: integer(1, 999_999_999, 10),
  SIGN_IN_ACCOUNT_LIMIT_MAX: integer(1, 999_999_999, 30),
  SIGN_IN_LIMIT_WINDOW_MS: integer(1, 86_400_000, 60_000),
  REDIS_URL: redisUrl.optional(),
  REDIS_PREFIX: z
    .string()
    .regex(/^[\w:.-]{1,64}$/, 'must be up to 64 letters, digits or any of _ : . -')
    .default('fleetflow:'),
  MAX_IN_FLIGHT: whole(1, 100_000).optional(),
  MAX_CONNECTIONS: integer(1, 1_000_000, 10_000),
  REQUEST_TIMEOUT_MS: integer(100, 600_000, 15_000),
  HEADERS_TIMEOUT_MS: integer(100, 600_000, 10_000),
  JWT_ISSUER: z.string().optional(),
  JWT_AUDIENCE: z.string().optional(),
  JWKS_URL: safeUrl.optional(),
  JWT_PUBLIC_KEY_FILE: z.string().optional(),
  JWT_ISSUERS: z.string().optional(),
  JWT_LONGEST_LIFETIME_S: integer(1, 999_999_999, 31_622_400),
  JWKS_MAX_AGE_MS: integer(1000, 86_400_000, 600_000),
  JWKS_KEPT_MS: integer(0, 604_800_000, 3_600_000),
  ISSUER: z.enum(['on', 'off'], 'must be on or off').optional(),
  PUBLIC_URL: z.string().refine(isWebRoot, 'must be an address without a path, like https://fleet.example.com').optional(),
  AUTH_SECRET: z.string().optional(),
  AUTH_DATABASE_URL: postgresUrl.optional(),
  SMTP_URL: z
    .string()
    .refine((value) => /^smtps?:\/\//.test(value) && URL.canParse(value), 'must be a URL like smtps://user:password@mail.example.com')
    .optional(),
  MAIL_FROM: z
    .string()
    .regex(/^[^\r\n@]{1,200}@[^\r\n@]{1,200}$/, 'must be an address like FleetFlow <no-reply@example.com>')
    .optional(),
})

export interface Settings {
  production: boolean
  port: number
  host: string
  /** undefined: whoever starts the server brings the embedded database. */
  databaseUrl: string | undefined
  databaseAdminUrl: string | undefined
  /** The database as fleetflow_auth; commands set its password from here. */
  authDatabaseUrl: string | undefined
  database: { poolSize: number; lockTimeoutMs: number; statementTimeoutMs: number }
  /** Whether this process keeps the event log up to date, when no other one does. */
  eventRelay: boolean
  /** 0: this process does not sweep. */
  sweepIntervalMs: number
  home: string
  logLevel: string
  corsOrigins: string[]
  trustProxy: string[]
  rateLimit: RateLimits
  /** Calls under way at once; more answer OVERLOADED. */
  maxInFlight: number
  /** Connections at once; more are closed unheard. */
  maxConnections: number
  requestTimeoutMs: number
  headersTimeoutMs: number
  tokens: TokenSettings
  /** undefined: no issuer of our own. */
  issuer: IssuerOptions | undefined
}

interface RateLimits {
  /** Per identity, for strangers per address. */
  calls: { max: number; windowMs: number }
  /** Per address. */
  signIn: { max: number; windowMs: number }
  /** Per account, from wherever. */
  signInAccount: { max: number; windowMs: number }
  /** undefined: counted in this process's memory. */
  redisUrl: string | undefined
  /** Before every key there. */
  redisPrefix: string
}

/** Reads and checks all settings. An empty variable counts as absent. */
export function loadSettings(source: Record<string, string | undefined> = process.env): Settings {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = environment.safeParse(given)
  if (!parsed.success) throw new SettingsError(parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`))
  const env = parsed.data
  const issuers = issuerSettings(env)
  return {
    production: env.NODE_ENV === 'production',
    port: env.PORT,
    host: env.HOST,
    databaseUrl: env.DATABASE_URL,
    databaseAdminUrl: env.DATABASE_ADMIN_URL ?? env.DATABASE_URL,
    authDatabaseUrl: env.AUTH_DATABASE_URL,
    database: { poolSize: env.DATABASE_POOL_SIZE, lockTimeoutMs: env.LOCK_TIMEOUT_MS, statementTimeoutMs: env.STATEMENT_TIMEOUT_MS },
    eventRelay: env.EVENT_RELAY === 'on',
    sweepIntervalMs: env.SWEEP_INTERVAL_MS,
    home: resolve(env.FLEETFLOW_HOME),
    logLevel: env.LOG_LEVEL,
    corsOrigins: env.CORS_ORIGINS,
    trustProxy: env.TRUST_PROXY,
    rateLimit: rateLimits(env),
    maxInFlight: env.MAX_IN_FLIGHT ?? Math.max(128, env.DATABASE_POOL_SIZE * 16),
    maxConnections: env.MAX_CONNECTIONS,
    requestTimeoutMs: env.REQUEST_TIMEOUT_MS,
    headersTimeoutMs: Math.min(env.HEADERS_TIMEOUT_MS, env.REQUEST_TIMEOUT_MS),
    tokens: {
      issuers,
      longestLifetimeS: env.JWT_LONGEST_LIFETIME_S,
      keysMaxAgeMs: env.JWKS_MAX_AGE_MS,
      keysKeptMs: env.JWKS_KEPT_MS,
    },
    issuer: issuerOptions(env, issuers.length > 0),
  }
}

function rateLimits(env: z.infer<typeof environment>): RateLimits {
  const windowMs = env.SIGN_IN_LIMIT_WINDOW_MS
  return {
    calls: { max: env.RATE_LIMIT_MAX, windowMs: env.RATE_LIMIT_WINDOW_MS },
    signIn: { max: env.SIGN_IN_LIMIT_MAX, windowMs },
    signInAccount: { max: env.SIGN_IN_ACCOUNT_LIMIT_MAX, windowMs },
    redisUrl: env.REDIS_URL,
    redisPrefix: env.REDIS_PREFIX,
  }
}

/** In production nothing is served with a generated key or on a database nobody chose. */
export function requireProductionSettings(settings: Settings): void {
  if (!settings.production) return
  const problems: string[] = []
  if (settings.databaseUrl === undefined) {
    problems.push('DATABASE_URL must be set in production: a PostgreSQL 15 or newer, as the role fleetflow_api')
  }
  if (settings.tokens.issuers.length === 0 && settings.issuer === undefined) {
    problems.push(
      'JWT_ISSUER, JWT_AUDIENCE and JWKS_URL (or JWT_PUBLIC_KEY_FILE), or JWT_ISSUERS, or ISSUER=on must be set in production: who signs your tokens',
    )
  }
  if (settings.issuer !== undefined) problems.push(...missingInProduction(settings.issuer))
  if (problems.length > 0) throw new SettingsError(problems)
}

/** Where the person at the terminal is: a package manager starts commands in the repository's root and says so here. */
export const callerDirectory = (): string => process.env.INIT_CWD ?? process.cwd()
