// Remembers which tokens were verified, by digest and never by text, for as long as the key that vouched for them is believed.
import { createHash } from 'node:crypto'

interface Verified<I> {
  identity: I
  /** Seconds since 1970. */
  expires: number
  issuer: string
  /** The `id` of the key. */
  key: string
}

export interface VerificationCache<I> {
  find(digest: string): Verified<I> | undefined
  store(digest: string, verified: Verified<I>): void
  drop(digest: string): void
  readonly size: number
}

export const digestOf = (token: string): string => createHash('sha256').update(token).digest('base64')

/** At most `largest` tokens: the one unused for longest makes room. Refused tokens are never kept. */
export function verificationCache<I>(largest = 10_000): VerificationCache<I> {
  const entries = new Map<string, Verified<I>>()
  return {
    find(digest) {
      const found = entries.get(digest)
      if (found === undefined) return undefined
      entries.delete(digest)
      entries.set(digest, found)
      return found
    },
    store(digest, verified) {
      const [oldest] = entries.size >= largest ? entries.keys() : []
      if (oldest !== undefined) entries.delete(oldest)
      entries.set(digest, verified)
    },
    drop: (digest) => void entries.delete(digest),
    get size() {
      return entries.size
    },
  }
}
