// Counts shared by several instances through Redis or Valkey. While it does not answer, each instance counts for itself.
import { once } from 'node:events'
import type { FastifyBaseLogger } from 'fastify'
import { Redis } from 'ioredis'
import { type Allowance, type Counter, memoryCounter } from './counter.ts'

/** What a call waits for an answer at most; after a failure nobody waits for this long. */
const patienceMs = 250
const restMs = 1000

/** One step on the server, so that two instances never both take the last call; a window ends by itself. */
const script = `
  local ttl = redis.call('pttl', KEYS[1])
  local taken = 0
  if ttl > 0 then taken = tonumber(redis.call('get', KEYS[1]) or '0') end
  if taken + tonumber(ARGV[1]) > tonumber(ARGV[2]) then
    if ttl <= 0 then ttl = tonumber(ARGV[3]) end
    return {0, taken, ttl}
  end
  if ttl > 0 then
    redis.call('incrby', KEYS[1], ARGV[1])
  else
    redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[3])
    ttl = tonumber(ARGV[3])
  end
  return {1, taken + tonumber(ARGV[1]), ttl}`

export interface SharedCounts {
  /** A counter of its own name. */
  counter(name: string, allowance: Allowance): Counter
  /** Resolves when the first attempt to connect has ended, either way. */
  begun(): Promise<void>
  close(): void
}

/** Never fails: whoever counts before there is a connection, or without one, counts in memory. */
export function shareCounts(url: string, prefix: string, log: FastifyBaseLogger): SharedCounts {
  const redis = new Redis(url, {
    keyPrefix: prefix,
    connectTimeout: 2000,
    commandTimeout: patienceMs,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 100, restMs),
  })
  const health = watch(log)
  // Told by the counters: an address or a password never reaches the log.
  redis.on('error', () => {})
  return {
    counter(name, allowance) {
      const alone = memoryCounter(allowance)
      const take = async (key: string, calls: number) => {
        const answer = await redis.eval(script, 1, `${name}:${key}`, calls, allowance.max, allowance.windowMs)
        const [allowed = 0, taken = 0, ttl = 0] = (answer as unknown[]).map(Number)
        return { allowed: allowed === 1, remaining: Math.max(0, allowance.max - taken), resetMs: ttl }
      }
      return async (key, calls) => {
        if (!health.mayAsk()) return alone(key, calls)
        try {
          const taking = await take(key, calls)
          health.answered()
          return taking
        } catch (error) {
          health.failed(error)
          return alone(key, calls)
        }
      }
    },
    async begun() {
      if (redis.status !== 'ready') await Promise.race([once(redis, 'ready'), once(redis, 'close')]).catch(() => {})
    },
    close: () => redis.disconnect(),
  }
}

/** Says once that it went and once that it is back; in between it is asked once in a while. */
function watch(log: FastifyBaseLogger) {
  let failedAt: number | undefined
  let trying = false
  return {
    /** After a failure only one call at a time finds out whether it is over, and only after a rest. */
    mayAsk() {
      if (failedAt === undefined) return true
      if (trying || performance.now() - failedAt < restMs) return false
      trying = true
      return true
    },
    answered() {
      if (failedAt !== undefined) log.info('rate limits are shared again')
      failedAt = undefined
      trying = false
    },
    failed(error: unknown) {
      trying = false
      const reason = error instanceof Error ? ((error as { code?: unknown }).code ?? error.name) : typeof error
      if (failedAt === undefined) log.warn({ reason }, 'REDIS_URL does not answer: each instance counts its own rate limits')
      failedAt = performance.now()
    },
  }
}
