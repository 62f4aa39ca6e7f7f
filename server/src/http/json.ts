// The only way JSON comes in: UTF-8, not deep, without keys that reach into prototypes. Everything but application/json is refused.
import type { FastifyInstance } from 'fastify'
import { ApiError, badInput } from '../trpc/errors.ts'
import { printable } from '../trpc/issues.ts'

const deepest = 32
const utf8 = new TextDecoder('utf-8', { fatal: true })
const poisonous = new Set(['__proto__', 'constructor', 'prototype'])

/** Replaces Fastify's body parsers by one. */
export function acceptOnlyJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body: Buffer, done) => {
    try {
      done(null, parseJson(decode(body)))
    } catch (error) {
      done(error instanceof Error ? error : new Error('unreadable body'))
    }
  })
}

/** Refuses a request that carries, or ought to carry, something else. For the scopes that take input. */
export function requireJson(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.wrongMethod === true || request.is404) return
    const { 'content-type': type, 'content-encoding': encoding } = request.headers
    const takesBody = request.method !== 'GET' && request.method !== 'HEAD' && request.method !== 'OPTIONS'
    if (type === undefined && !takesBody) return
    if (type?.split(';', 1)[0]?.trim().toLowerCase() !== 'application/json') throw new ApiError('UNSUPPORTED_MEDIA_TYPE')
    if (encoding !== undefined && encoding.toLowerCase() !== 'identity') throw new ApiError('UNSUPPORTED_MEDIA_TYPE')
  })
}

/** Parses and guards; throws BAD_INPUT. */
export function parseJson(content: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(content)
  } catch {
    throw badInput('NOT_JSON')
  }
  guardKeys(value)
  return value
}

/** Refuses depth and keys that a validator may not see but an assignment would follow. */
function guardKeys(value: unknown, path: readonly string[] = []): void {
  if (typeof value !== 'object' || value === null) return
  if (path.length >= deepest) {
    throw badInput('TOO_DEEP', { message: `The input is nested deeper than ${deepest} levels.` })
  }
  for (const [key, inner] of Object.entries(value)) {
    const here = [...path, printable(key)]
    if (poisonous.has(key)) {
      throw badInput('UNKNOWN_KEY', { field: here.join('.') })
    }
    guardKeys(inner, here)
  }
}

function decode(body: Buffer): string {
  try {
    return utf8.decode(body)
  } catch {
    throw badInput('NOT_UTF8')
  }
}
