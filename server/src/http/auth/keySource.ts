// Where an issuer's keys come from: fixed, or loaded again as they age and when a token names one that nobody knows.
import { ApiError } from '../../trpc/errors.ts'
import { type Key, readKeys } from './keys.ts'

export interface KeySource {
  /** The keys to believe now. Errors: UNAVAILABLE while there are none and none can be had. */
  current(): Promise<readonly Key[]>
  /** The keys after another look, because a token names one that is not among the current ones; not at every call. Errors: UNAVAILABLE. */
  refreshed(): Promise<readonly Key[]>
}

export interface KeyLimits {
  /** After this long keys are loaded again before anybody is believed. */
  maxAgeMs: number
  /** For how much longer the known keys serve while they cannot be loaded. */
  keptMs: number
  /** Between two looks for unknown keys, so that made-up ones cause no flood; 30 s unless told. */
  cooldownMs?: number
  /** Between two looks after one that failed; 5 s unless told. */
  retryMs?: number
  now?: () => number
}

export function fixedKeys(keys: readonly Key[]): KeySource {
  return { current: async () => keys, refreshed: async () => keys }
}

/** `load` answers a JWK Set. Callers at the same time share one look. */
export function loadedKeys(load: () => Promise<unknown>, limits: KeyLimits): KeySource {
  const { maxAgeMs, keptMs, cooldownMs = 30_000, retryMs = 5000, now = Date.now } = limits
  let known: { keys: readonly Key[]; since: number } | undefined
  let failure: { cause: unknown; at: number } | undefined
  let underway: Promise<void> | undefined

  const look = async () => {
    const since = now()
    try {
      known = { keys: readKeys(await load()), since }
      failure = undefined
    } catch (cause) {
      failure = { cause, at: now() }
    }
  }
  const lookOnce = () => {
    underway ??= look().finally(() => {
      underway = undefined
    })
    return underway
  }
  const hasFailedLately = () => failure !== undefined && now() - failure.at < retryMs
  const ageOf = () => (known === undefined ? Number.POSITIVE_INFINITY : now() - known.since)
  const believed = () => {
    if (known === undefined || ageOf() >= maxAgeMs + keptMs) throw new ApiError('UNAVAILABLE', { cause: failure?.cause })
    return known.keys
  }
  return {
    async current() {
      if (ageOf() >= maxAgeMs && !hasFailedLately()) await lookOnce()
      return believed()
    },
    async refreshed() {
      if (underway !== undefined || (ageOf() >= cooldownMs && !hasFailedLately())) await lookOnce()
      // The token may be signed by the newest key: nobody can tell.
      if (failure !== undefined) throw new ApiError('UNAVAILABLE', { cause: failure.cause })
      return believed()
    },
  }
}
