// Whose tokens are believed: one issuer in four variables, or several in JWT_ISSUERS.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { type Algorithm, algorithms, usualAlgorithms } from './http/auth/algorithms.ts'
import { SettingsError } from './settingsError.ts'

export interface IssuerSettings {
  /** Exactly the `iss` of its tokens. */
  issuer: string
  /** A token's `aud` must name one of them. */
  audiences: readonly string[]
  algorithms: readonly Algorithm[]
  /** An address that answers a JWK Set, a file with a PEM, a JWK or a JWK Set, or whatever OpenID discovery says. */
  keys: { jwksUrl: string } | { publicKeyFile: string } | 'discovery'
}

export interface TokenSettings {
  /** Empty: tokens are signed with the development key of FLEETFLOW_HOME, or by an issuer of our own. */
  issuers: readonly IssuerSettings[]
  /** A token that lives longer from now on is refused. */
  longestLifetimeS: number
  /** After this long the keys of an address are fetched again, so a withdrawn key is believed no longer than this. */
  keysMaxAgeMs: number
  /** While they cannot be fetched, for how much longer the known ones serve. */
  keysKeptMs: number
}

export interface TokenVariables {
  JWT_ISSUER?: string | undefined
  JWT_AUDIENCE?: string | undefined
  JWKS_URL?: string | undefined
  JWT_PUBLIC_KEY_FILE?: string | undefined
  JWT_ISSUERS?: string | undefined
}

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** Keys that travel in the clear can be exchanged on the way. */
export function isSafeUrl(value: string): boolean {
  if (!URL.canParse(value)) return false
  const { protocol, hostname } = new URL(value)
  return protocol === 'https:' || (protocol === 'http:' && loopback.test(hostname))
}

export const safeUrl = z.string().refine(isSafeUrl, 'must be an https URL (http only on the loopback)')

const named = z.string().min(1).max(500)
const issuerSchema = z
  .strictObject({
    issuer: named,
    audience: z.union([named, z.array(named).min(1).max(20)]),
    jwksUrl: safeUrl.optional(),
    publicKeyFile: z.string().min(1).optional(),
    algorithms: z.array(z.enum(algorithms)).min(1).optional(),
  })
  .refine(
    ({ jwksUrl, publicKeyFile }) => jwksUrl === undefined || publicKeyFile === undefined,
    'has both jwksUrl and publicKeyFile: keep one',
  )
  .refine(
    ({ issuer, jwksUrl, publicKeyFile }) => jwksUrl !== undefined || publicKeyFile !== undefined || isSafeUrl(issuer),
    'has no keys, and its name is no https URL at which they could be discovered',
  )

/** Errors: SettingsError, which names the setting and never shows a value. */
export function issuerSettings(env: TokenVariables): IssuerSettings[] {
  const one = oneIssuer(env)
  const issuers = [...(one === undefined ? [] : [one]), ...listedIssuers(env.JWT_ISSUERS)]
  if (new Set(issuers.map(({ issuer }) => issuer)).size < issuers.length) {
    throw new SettingsError(['JWT_ISSUERS names an issuer twice (or the one of JWT_ISSUER again): each has one entry'])
  }
  return issuers
}

/** All four or none: half of them would silently leave the development key in use. */
function oneIssuer(env: TokenVariables): IssuerSettings | undefined {
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience, JWKS_URL: jwksUrl, JWT_PUBLIC_KEY_FILE: publicKeyFile } = env
  if (!issuer && !audience && !jwksUrl && !publicKeyFile) return undefined
  const problems: string[] = []
  if (!issuer) problems.push('JWT_ISSUER must be set beside the other JWT settings: the `iss` of your tokens')
  if (!audience) problems.push('JWT_AUDIENCE must be set beside the other JWT settings: the `aud` of your tokens')
  if (!jwksUrl && !publicKeyFile && !(issuer && isSafeUrl(issuer))) {
    problems.push('JWKS_URL or JWT_PUBLIC_KEY_FILE must be set where JWT_ISSUER is no https URL: where the keys of your tokens are')
  }
  if (jwksUrl && publicKeyFile) problems.push('JWKS_URL and JWT_PUBLIC_KEY_FILE are both set: keep one')
  if (!issuer || !audience || problems.length > 0) throw new SettingsError(problems)
  return { issuer, audiences: [audience], algorithms: usualAlgorithms, keys: keysOf(jwksUrl, publicKeyFile) }
}

function listedIssuers(given: string | undefined): IssuerSettings[] {
  if (given === undefined) return []
  const parsed = z.array(issuerSchema).min(1).max(50).safeParse(readList(given))
  if (!parsed.success) {
    throw new SettingsError(
      parsed.error.issues.map(({ path, message }) => `JWT_ISSUERS${path.map((step) => `[${String(step)}]`).join('')} ${message}`),
    )
  }
  return parsed.data.map((entry) => ({
    issuer: entry.issuer,
    audiences: typeof entry.audience === 'string' ? [entry.audience] : entry.audience,
    algorithms: entry.algorithms ?? usualAlgorithms,
    keys: keysOf(entry.jwksUrl, entry.publicKeyFile),
  }))
}

/** The list itself, or the file that holds it. */
function readList(given: string): unknown {
  try {
    return JSON.parse(given.trimStart().startsWith('[') ? given : readFileSync(resolve(given), 'utf8'))
  } catch {
    throw new SettingsError(['JWT_ISSUERS must be a JSON array of issuers, or the path of a file that holds one'])
  }
}

function keysOf(jwksUrl: string | undefined, publicKeyFile: string | undefined): IssuerSettings['keys'] {
  if (jwksUrl) return { jwksUrl }
  return publicKeyFile ? { publicKeyFile: resolve(publicKeyFile) } : 'discovery'
}
