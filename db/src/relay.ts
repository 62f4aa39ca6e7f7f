// The relay: a loop that keeps the event log up to date, on a connection of its own. Any number may run; the database lets one work at a time.
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from './connect.ts'
import { type DatabaseError, toDatabaseError } from './errors.ts'
import { service } from './service.ts'

export interface RelayOptions {
  /** As the role fleetflow_api, like the API. */
  url: string
  /** How long to wait after everything has been moved; 200 ms unless told. */
  pollMs?: number
  /** Changes moved at a time; 500 unless told. */
  batch?: number
  /** Told when the database stops answering as it should; the loop goes on, ever more slowly, until it does. */
  onError?: (error: DatabaseError) => void
}

export interface Relay {
  /** Moves what is there, within two seconds, and ends. */
  stop(): Promise<void>
}

const stopWithinMs = 2000
const slowest = 64
const keysPerRound = 1000
const forgetEveryMs = 60_000

/** Starts at once. Also removes idempotency keys that are too old to count. */
export function startRelay({ url, pollMs = 200, batch = 500, onError = () => {} }: RelayOptions): Relay {
  const db = connect({ url, max: 1, statementTimeoutMs: 30_000, applicationName: 'fleetflow relay' })
  const stopping = new AbortController()
  let forgotten = 0

  async function moveAll(): Promise<void> {
    while ((await service(db, 'relay_events', batch)) === batch);
  }

  async function forgetKeys(): Promise<void> {
    if (Date.now() - forgotten < forgetEveryMs) return
    if ((await service(db, 'forget_idempotency_keys', keysPerRound)) !== keysPerRound) forgotten = Date.now()
  }

  async function run(): Promise<void> {
    let failures = 0
    while (!stopping.signal.aborted) {
      try {
        await moveAll()
        await forgetKeys()
        failures = 0
      } catch (error) {
        if (failures === 0) onError(toDatabaseError(error))
        failures += 1
      }
      await delay(pollMs * Math.min(2 ** failures, slowest), undefined, { signal: stopping.signal }).catch(() => {})
    }
    await moveAll().catch(() => {})
  }

  const running = run()
  return {
    async stop() {
      stopping.abort()
      await Promise.race([running, delay(stopWithinMs, undefined, { ref: false })])
      await db.sql.end({ timeout: 1 })
    },
  }
}
