// Whether and how the bundled issuer runs: on in development and where its settings are given, off beside another provider unless asked for.
import { SettingsError } from './settingsError.ts'

export interface MailSettings {
  smtpUrl: string
  from: string
}

export interface IssuerOptions {
  /** Where people reach this server; the `iss` of the tokens, and what mailed links begin with. */
  publicUrl: string
  /** undefined: the database of the API, as somebody who may become fleetflow_auth. */
  databaseUrl: string | undefined
  /** undefined: generated into FLEETFLOW_HOME. */
  secret: string | undefined
  /** undefined: mail is printed. */
  mail: MailSettings | undefined
}

/** What these settings are made of, as the environment gives it. */
export interface IssuerEnvironment {
  NODE_ENV: 'production' | 'development' | 'test'
  HOST: string
  PORT: number
  DATABASE_URL?: string | undefined
  DATABASE_ADMIN_URL?: string | undefined
  ISSUER?: 'on' | 'off' | undefined
  PUBLIC_URL?: string | undefined
  AUTH_SECRET?: string | undefined
  AUTH_DATABASE_URL?: string | undefined
  SMTP_URL?: string | undefined
  MAIL_FROM?: string | undefined
}

const shortestSecret = 32

/** undefined: no bundled issuer. Errors: SettingsError, which names all that is missing. */
export function issuerOptions(env: IssuerEnvironment, hasOtherIssuers: boolean): IssuerOptions | undefined {
  if (!isOn(env, hasOtherIssuers)) return undefined
  const problems = missingMail(env)
  if (env.AUTH_SECRET !== undefined && env.AUTH_SECRET.length < shortestSecret) {
    problems.push(`AUTH_SECRET must have at least ${shortestSecret} characters: it signs sessions and encrypts the keys of the issuer`)
  }
  if (problems.length > 0) throw new SettingsError(problems)
  const { SMTP_URL: smtpUrl, MAIL_FROM: from } = env
  return {
    publicUrl: env.PUBLIC_URL === undefined ? localUrl(env) : new URL(env.PUBLIC_URL).origin,
    databaseUrl: env.AUTH_DATABASE_URL ?? (env.NODE_ENV === 'production' ? undefined : (env.DATABASE_ADMIN_URL ?? env.DATABASE_URL)),
    secret: env.AUTH_SECRET,
    mail: smtpUrl !== undefined && from !== undefined ? { smtpUrl, from } : undefined,
  }
}

function isOn(env: IssuerEnvironment, hasOtherIssuers: boolean): boolean {
  if (env.ISSUER !== undefined) return env.ISSUER === 'on'
  if (hasOtherIssuers) return false
  if (env.AUTH_SECRET !== undefined) return true
  return env.NODE_ENV === 'development' && mayBecomeIssuer(env)
}

/** A development database reached as fleetflow_api alone cannot be written to by the issuer. */
function mayBecomeIssuer({ DATABASE_URL, DATABASE_ADMIN_URL, AUTH_DATABASE_URL }: IssuerEnvironment): boolean {
  const url = AUTH_DATABASE_URL ?? DATABASE_ADMIN_URL ?? DATABASE_URL
  return url === undefined || new URL(url).username !== 'fleetflow_api'
}

/** What the issuer needs where nothing may be generated, printed or sent in the clear. */
export function missingInProduction(options: IssuerOptions): string[] {
  const problems: string[] = []
  if (options.secret === undefined) problems.push('AUTH_SECRET must be set in production with ISSUER=on: 32 random characters or more')
  if (options.databaseUrl === undefined) {
    problems.push('AUTH_DATABASE_URL must be set in production with ISSUER=on: the same database as the role fleetflow_auth')
  }
  if (options.mail === undefined)
    problems.push('SMTP_URL and MAIL_FROM must be set in production with ISSUER=on: addresses are verified by mail')
  if (!options.publicUrl.startsWith('https:')) {
    problems.push('PUBLIC_URL must be set in production with ISSUER=on: the https address at which people reach this server')
  }
  return problems
}

function missingMail({ SMTP_URL, MAIL_FROM }: IssuerEnvironment): string[] {
  if ((SMTP_URL === undefined) === (MAIL_FROM === undefined)) return []
  return ['SMTP_URL and MAIL_FROM must be set together: where mail is handed in, and who it is from']
}

function localUrl({ HOST, PORT }: IssuerEnvironment): string {
  const host = HOST === '0.0.0.0' || HOST === '::' ? '127.0.0.1' : HOST
  return `http://${host.includes(':') ? `[${host}]` : host}:${PORT}`
}
