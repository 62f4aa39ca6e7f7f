// The signatures that can be accepted, all asymmetric, and which keys each of them takes.
import type { JWK } from 'jose'

export const algorithms = ['EdDSA', 'Ed25519', 'ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const

export type Algorithm = (typeof algorithms)[number]

/** Of an issuer that names none. */
export const usualAlgorithms: readonly Algorithm[] = ['EdDSA', 'ES256', 'RS256']

const curves: Partial<Record<Algorithm, string>> = { EdDSA: 'Ed25519', Ed25519: 'Ed25519', ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }

/** Whether a key may vouch for a signature of this algorithm, by its type and by what it says of itself. */
export function serves(key: JWK, algorithm: Algorithm): boolean {
  if (key.alg !== undefined && key.alg !== algorithm) return false
  const curve = curves[algorithm]
  if (curve === undefined) return key.kty === 'RSA'
  return key.kty === (curve === 'Ed25519' ? 'OKP' : 'EC') && key.crv === curve
}
