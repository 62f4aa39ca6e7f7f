// Verification keys as a JWK Set holds them: public halves only, and none that is meant for something else or too weak.
import { createHash } from 'node:crypto'
import { importJWK, type JWK } from 'jose'
import type { Algorithm } from './algorithms.ts'

export interface Key {
  /** A digest of all that matters about the key: the same key with another purpose is another key. */
  id: string
  jwk: JWK
  /** undefined: what the set says is no key after all. */
  importFor(algorithm: Algorithm): Promise<CryptoKey | undefined>
}

const mostKeys = 50
const publicMembers: Readonly<Record<string, readonly string[]>> = { RSA: ['n', 'e'], EC: ['crv', 'x', 'y'], OKP: ['crv', 'x'] }

/** The usable keys of a JWK Set. Errors: what is no JWK Set. */
export function readKeys(set: unknown): Key[] {
  const given = typeof set === 'object' && set !== null && 'keys' in set ? set.keys : undefined
  if (!Array.isArray(given) || given.length > mostKeys) throw new Error('this is no JWK Set')
  return given
    .map(verificationJwk)
    .filter((jwk) => jwk !== undefined)
    .map(keyOf)
}

/** The public half of a signing key; undefined where the entry is anything else. */
function verificationJwk(entry: unknown): JWK | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined
  const given = entry as Readonly<Record<string, unknown>>
  const members = typeof given.kty === 'string' && Object.hasOwn(publicMembers, given.kty) ? publicMembers[given.kty] : undefined
  if (members === undefined || members.some((member) => typeof given[member] !== 'string')) return undefined
  if (given.use !== undefined && given.use !== 'sig') return undefined
  if (given.key_ops !== undefined && !isForVerifying(given.key_ops)) return undefined
  if ([given.kid, given.alg].some((value) => value !== undefined && typeof value !== 'string')) return undefined
  return Object.fromEntries(
    ['kty', ...members, 'kid', 'alg'].filter((name) => given[name] !== undefined).map((name) => [name, given[name]]),
  ) as JWK
}

/** A private key's file says `sign`: its public half verifies. */
function isForVerifying(operations: unknown): boolean {
  return Array.isArray(operations) && (operations.includes('verify') || operations.includes('sign'))
}

function keyOf(jwk: JWK): Key {
  const imported = new Map<Algorithm, Promise<CryptoKey | undefined>>()
  const importFor = (algorithm: Algorithm) => {
    const known = imported.get(algorithm)
    if (known !== undefined) return known
    const fresh = importJWK(jwk, algorithm).then(
      (key) => (key instanceof Uint8Array ? undefined : key),
      () => undefined,
    )
    imported.set(algorithm, fresh)
    return fresh
  }
  return { id: createHash('sha256').update(JSON.stringify(jwk)).digest('base64'), jwk, importFor }
}
