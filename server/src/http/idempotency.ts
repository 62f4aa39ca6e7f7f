// The headers of safe retries: a REST request names its key in one, and an answer that was given before says so in the other.
import type { FastifyRequest } from 'fastify'
import { badInput } from '../trpc/errors.ts'

export const keyHeader = 'idempotency-key'
export const replayedHeader = 'idempotency-replayed'

/** The member of an input that holds the key; procedures without it change nothing, and the header means nothing to them. */
export const keyMember = 'idempotencyKey'

/** The input with the key of the header, if there is one. Errors: ApiError, BAD_INPUT where the body names another key or no key can look so. */
export function withKey(input: unknown, request: FastifyRequest): unknown {
  const key = request.headers[keyHeader]
  if (key === undefined || typeof input !== 'object' || input === null || Array.isArray(input)) return input
  if (typeof key !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(key)) {
    throw badInput('BAD_VALUE', { field: keyMember, message: `${keyMember}: Idempotency-Key holds 1 to 255 printable ASCII characters` })
  }
  const named = keyMember in input ? input[keyMember] : undefined
  if (named !== undefined && named !== key) throw badInput('TWO_KEYS', { field: keyMember })
  return { ...input, [keyMember]: key }
}
