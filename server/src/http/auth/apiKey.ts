// API keys as callers present them. Only their shape is judged here: whether a key is good, the database says.
import { createHash } from 'node:crypto'
import { ApiError } from '../../trpc/errors.ts'

const prefix = 'ffk_'
// 32 bytes in base64url: the last character carries four bits.
const wellFormed = /^ffk_[\w-]{42}[AEIMQUYcgkosw048]$/

/** The identity that a key claims, its SHA-256 in hex; undefined for what is no key. Errors: UNAUTHENTICATED for a malformed one. */
export function apiKeyIdentity(credential: string): { apiKey: string } | undefined {
  if (!credential.startsWith(prefix)) return undefined
  if (!wellFormed.test(credential)) throw new ApiError('UNAUTHENTICATED')
  return { apiKey: createHash('sha256').update(credential).digest('hex') }
}
