// Verifies bearer tokens: the issuer that a token names, by one of that issuer's keys, with an allow-listed algorithm. No database is asked.
import { compactVerify } from 'jose'
import type { Settings } from '../../env.ts'
import { SettingsError } from '../../settingsError.ts'
import { ApiError } from '../../trpc/errors.ts'
import { serves } from './algorithms.ts'
import { digestOf, verificationCache } from './cache.ts'
import { BadToken, type Claims, checkClaims, claimText, type ReadToken, readToken } from './claims.ts'
import { configuredIssuers, type TrustedIssuer } from './issuers.ts'
import type { Key } from './keys.ts'

/** Who a token says is calling: the pair of issuer and subject is the identity. */
export interface TokenIdentity {
  issuer: string
  subject: string
  email?: string
  name?: string
  /** Only of an issuer whose sessions the database knows. */
  session?: string
}

/** Who is calling: somebody whose token was verified, or the holder of a key that the database has yet to judge. */
export type Identity = TokenIdentity | { apiKey: string }

/** Resolves to the identity of a valid token; throws UNAUTHENTICATED for any other, UNAVAILABLE while the keys cannot be fetched. */
export type Verifier = (token: string) => Promise<TokenIdentity>

export interface VerifierOptions {
  /** Issuers beside those of the settings: the bundled one. */
  issuers?: readonly TrustedIssuer[]
  now?: () => number
}

/** The verifier of these settings; without any issuer it trusts the development key of the home, but not in production. */
export async function createVerifier(
  settings: Pick<Settings, 'home' | 'production' | 'tokens'>,
  options: VerifierOptions = {},
): Promise<Verifier> {
  const now = options.now ?? Date.now
  const issuers = [...(await configuredIssuers(settings, now)), ...(options.issuers ?? [])]
  const byName = new Map(issuers.map((issuer) => [issuer.issuer, issuer]))
  if (byName.size < issuers.length) throw new SettingsError(['JWT_ISSUERS (or JWT_ISSUER) names the issuer that this server runs itself'])
  return verifierOf(byName, settings.tokens.longestLifetimeS, now)
}

function verifierOf(issuers: ReadonlyMap<string, TrustedIssuer>, longestLifetimeS: number, now: () => number): Verifier {
  const cache = verificationCache<TokenIdentity>()

  /** A token that was verified before, if the key that vouched for it is still one of its issuer's. */
  const recall = async (digest: string): Promise<TokenIdentity | undefined> => {
    const known = cache.find(digest)
    if (known === undefined) return undefined
    const keys = await issuers.get(known.issuer)?.keys.current()
    if (known.expires > now() / 1000 && keys?.some((key) => key.id === known.key)) return known.identity
    cache.drop(digest)
    return undefined
  }

  const verify = async (token: string, digest: string): Promise<TokenIdentity> => {
    const read = readToken(token)
    const trusted = typeof read.claims.iss === 'string' ? issuers.get(read.claims.iss) : undefined
    if (trusted === undefined) throw new BadToken('no trusted issuer')
    if (!trusted.algorithms.includes(read.algorithm)) throw new BadToken('no algorithm of this issuer')
    // What is wrong whoever signed it needs no signature checked and no key fetched.
    checkClaims(read.claims, trusted.audiences, longestLifetimeS, now() / 1000)
    const identity = identityOf(trusted, read.claims)
    const key = await voucherOf(token, read, trusted)
    cache.store(digest, { identity, expires: Number(read.claims.exp), issuer: trusted.issuer, key: key.id })
    return identity
  }

  return async (token) => {
    const digest = digestOf(token)
    try {
      return (await recall(digest)) ?? (await verify(token, digest))
    } catch (error) {
      if (error instanceof ApiError) throw error
      throw new ApiError(error instanceof BadToken ? 'UNAUTHENTICATED' : 'UNAVAILABLE', { cause: error })
    }
  }
}

/** The key of this issuer that signed the token. Errors: BadToken, UNAVAILABLE. */
async function voucherOf(token: string, read: ReadToken, { keys }: TrustedIssuer): Promise<Key> {
  const known = await keys.current()
  const found = await signerAmong(known, token, read)
  if (found !== undefined) return found
  // A named key that is known has spoken; anything else may be the work of a newer one.
  const isKnown = read.kid !== undefined && known.some(({ jwk }) => jwk.kid === read.kid)
  const fresh = isKnown ? known : await keys.refreshed()
  const late = fresh === known ? undefined : await signerAmong(fresh, token, read)
  if (late === undefined) throw new BadToken('not signed by a key of its issuer')
  return late
}

async function signerAmong(keys: readonly Key[], token: string, { algorithm, kid }: ReadToken): Promise<Key | undefined> {
  for (const key of keys) {
    if (!serves(key.jwk, algorithm)) continue
    if (kid !== undefined && key.jwk.kid !== undefined && key.jwk.kid !== kid) continue
    const usable = await key.importFor(algorithm)
    if (usable !== undefined && (await isSignedBy(usable, token, algorithm))) return key
  }
  return undefined
}

async function isSignedBy(key: CryptoKey, token: string, algorithm: string): Promise<boolean> {
  try {
    await compactVerify(token, key, { algorithms: [algorithm] })
    return true
  } catch {
    return false
  }
}

function identityOf({ issuer, hasSessions }: TrustedIssuer, claims: Claims): TokenIdentity {
  const subject = claimText(claims.sub)
  if (subject === undefined) throw new BadToken('no usable subject')
  const identity: TokenIdentity = { issuer, subject }
  // An address that its issuer does not call proven, though it says something about that, is nobody's: an invitation may be for it.
  const isUnproven = ![undefined, true, 'true'].some((said) => said === claims.email_verified)
  const [email, name] = [isUnproven ? undefined : claimText(claims.email), claimText(claims.name)]
  if (email !== undefined) identity.email = email
  if (name !== undefined) identity.name = name
  if (hasSessions !== true) return identity
  const session = claimText(claims.sid)
  if (session === undefined) throw new BadToken('no session')
  return { ...identity, session }
}
