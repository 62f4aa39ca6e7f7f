// What a token must say, read from its bytes: nothing here looks at a signature.
import { type Algorithm, algorithms } from './algorithms.ts'

export type Claims = Readonly<Record<string, unknown>>

export interface ReadToken {
  algorithm: Algorithm
  kid: string | undefined
  claims: Claims
}

/** What is wrong with a token; the text is for the log of a debugging operator and holds nothing of the token. */
export class BadToken extends Error {}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
// Keys that a token brings along or points at are nobody's word, and extensions that we do not know may change what is signed.
const refusedHeaders = ['crit', 'b64', 'jwk', 'jku', 'x5u', 'x5c', 'enc', 'zip']
const accessTypes = new Set(['jwt', 'at+jwt', 'application/at+jwt', 'application/jwt'])
// Members by which an ID token, a logout token or a refresh token of well-known providers gives itself away.
const foreignClaims = ['at_hash', 'c_hash', 's_hash', 'events']
const clockToleranceS = 5

/** Reads a token that has not been verified. Errors: BadToken. */
export function readToken(token: string): ReadToken {
  const parts = token.split('.')
  if (parts.length !== 3) throw new BadToken('not three parts')
  const [header, claims] = [jsonOf(parts[0]), jsonOf(parts[1])]
  bytesOf(parts[2])
  if (refusedHeaders.some((name) => Object.hasOwn(header, name))) throw new BadToken('a header that is never followed')
  const { alg, kid, typ } = header
  const algorithm = algorithms.find((known) => known === alg)
  if (algorithm === undefined) throw new BadToken('no accepted algorithm')
  if (typ !== undefined && !(typeof typ === 'string' && accessTypes.has(typ.toLowerCase())))
    throw new BadToken('no access token by its header')
  if (kid !== undefined && !(typeof kid === 'string' && kid !== '' && kid.length <= 255)) throw new BadToken('no usable key id')
  return { algorithm, kid, claims }
}

function bytesOf(part = ''): Uint8Array {
  const bytes = Buffer.from(part, 'base64url')
  // One spelling each, so that a token cannot be respelled into another one.
  if (part === '' || bytes.toString('base64url') !== part) throw new BadToken('not base64url')
  return bytes
}

function jsonOf(part: string | undefined): Claims {
  const bytes = bytesOf(part)
  let value: unknown
  try {
    value = JSON.parse(utf8.decode(bytes))
  } catch {
    throw new BadToken('not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new BadToken('not an object')
  return value as Claims
}

/** Errors: BadToken, unless the claims are those of an access token for one of these audiences, valid now and not for ever. */
export function checkClaims(claims: Claims, audiences: readonly string[], longestLifetimeS: number, nowS: number): void {
  const { aud, exp, nbf, iat, typ, token_use: use } = claims
  const named = typeof aud === 'string' ? [aud] : aud
  if (!Array.isArray(named) || !named.every((one) => typeof one === 'string')) throw new BadToken('no usable audience')
  if (!named.some((one) => audiences.includes(one))) throw new BadToken('another audience')
  if (!isTime(exp) || exp <= nowS - clockToleranceS) throw new BadToken('expired')
  if (exp > nowS + longestLifetimeS + clockToleranceS) throw new BadToken('lives too long')
  for (const start of [nbf, iat]) {
    if (start !== undefined && !(isTime(start) && start <= nowS + clockToleranceS)) throw new BadToken('not valid yet')
  }
  if (typ !== undefined && !(typeof typ === 'string' && /^(bearer|jwt|at\+jwt)$/i.test(typ))) throw new BadToken('no access token')
  if (use !== undefined && use !== 'access') throw new BadToken('no access token')
  if (foreignClaims.some((name) => Object.hasOwn(claims, name))) throw new BadToken('no access token')
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

/** A claim that PostgreSQL can store, else undefined. */
export function claimText(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '' || value.length > 255) return undefined
  return value.isWellFormed() && !value.includes('\0') ? value : undefined
}
