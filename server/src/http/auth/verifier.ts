// Verifies bearer tokens: signature by an allow-listed algorithm, issuer, audience, expiry. No database is asked.
import { createPublicKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWK,
  type JWSHeaderParameters,
  type JWTPayload,
  jwtVerify,
} from 'jose'
import type { Settings, TokenSettings } from '../../env.ts'
import { ApiError } from '../../trpc/errors.ts'
import { developmentAudience, developmentIssuer, developmentKey } from './developmentKey.ts'

/** Who a token says is calling: the pair of issuer and subject is the identity. */
export interface TokenIdentity {
  issuer: string
  subject: string
  email?: string
  name?: string
}

/** Who is calling: somebody whose token was verified, or the holder of a key that the database has yet to judge. */
export type Identity = TokenIdentity | { apiKey: string }

/** Resolves to the identity of a valid token; throws UNAUTHENTICATED for any other, UNAVAILABLE while the keys cannot be fetched. */
export type Verifier = (token: string) => Promise<TokenIdentity>

type KeyResolver = (header: JWSHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>

const algorithms = ['EdDSA', 'ES256', 'RS256']
const clockToleranceSeconds = 5

/** The verifier of these settings; without token settings it trusts the development key of the home. */
export async function createVerifier(settings: Pick<Settings, 'home' | 'tokens'>): Promise<Verifier> {
  if (settings.tokens !== undefined) return verifierOf(settings.tokens, await keysOf(settings.tokens))
  const { d: _private, ...publicKey } = await developmentKey(settings.home)
  return verifierOf({ issuer: developmentIssuer, audience: developmentAudience }, createLocalJWKSet({ keys: [publicKey] }))
}

function verifierOf(trusted: { issuer: string; audience: string }, keys: KeyResolver): Verifier {
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: trusted.issuer,
        audience: trusted.audience,
        algorithms,
        clockTolerance: clockToleranceSeconds,
        requiredClaims: ['sub', 'exp'],
      })
      return identityOf(trusted.issuer, payload)
    } catch (error) {
      throw isOurTrouble(error) ? new ApiError('UNAVAILABLE', { cause: error }) : new ApiError('UNAUTHENTICATED', { cause: error })
    }
  }
}

/** Everything jose says about a token is the token's fault, except that the keys could not be fetched. */
function isOurTrouble(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return true
  return !(error instanceof errors.JOSEError) || error.code === 'ERR_JOSE_GENERIC'
}

function identityOf(issuer: string, payload: JWTPayload): TokenIdentity {
  const subject = claimText(payload.sub)
  if (subject === undefined) throw new errors.JWTInvalid('unusable subject')
  const email = claimText(payload.email)
  const name = claimText(payload.name)
  return { issuer, subject, ...(email === undefined ? {} : { email }), ...(name === undefined ? {} : { name }) }
}

/** A claim that PostgreSQL can store, else undefined. */
function claimText(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '' || value.length > 255) return undefined
  return value.isWellFormed() && !value.includes('\0') ? value : undefined
}

async function keysOf({ keys }: TokenSettings): Promise<KeyResolver> {
  if ('jwksUrl' in keys) return createRemoteJWKSet(new URL(keys.jwksUrl), { timeoutDuration: 5000, cooldownDuration: 30_000 })
  return createLocalJWKSet(await readKeySet(keys.publicKeyFile))
}

async function readKeySet(path: string): Promise<JSONWebKeySet> {
  try {
    const content = await readFile(path, 'utf8')
    if (!content.trimStart().startsWith('{')) return { keys: [createPublicKey(content).export({ format: 'jwk' })] }
    const parsed: JWK | JSONWebKeySet = JSON.parse(content)
    return { keys: (isKeySet(parsed) ? parsed.keys : [parsed]).map(publicPart) }
  } catch (error) {
    throw new Error('JWT_PUBLIC_KEY_FILE must hold a PEM public key, a JWK or a JWK Set', { cause: error })
  }
}

function isKeySet(parsed: JWK | JSONWebKeySet): parsed is JSONWebKeySet {
  return 'keys' in parsed && Array.isArray(parsed.keys)
}

/** A file with a private key serves too: only its public half is kept. */
function publicPart(key: JWK): JWK {
  const { kid, alg } = key
  const half = createPublicKey({ key, format: 'jwk' }).export({ format: 'jwk' })
  return { ...half, ...(kid === undefined ? {} : { kid }), ...(alg === undefined ? {} : { alg }) }
}
