// What runs beside the answers, once for all workers of a start: the relay of the event log and the sweeper.
import { type Database, startRelay, startSweeper } from '@fleetflow/db'
import type { FastifyBaseLogger } from 'fastify'
import type { Settings } from './env.ts'

export interface Loops {
  /** Lets both end what they are doing, within three seconds. */
  stop(): Promise<void>
}

/** Starts what the settings want. The relay opens a connection of its own, the sweeper takes one of `database`. */
export function startLoops(settings: Settings, databaseUrl: string, database: Database, log: FastifyBaseLogger): Loops {
  const relay = settings.eventRelay
    ? startRelay({ url: databaseUrl, onError: (err) => log.error({ err }, 'the event relay cannot go on yet') })
    : undefined
  const sweeper =
    settings.sweepIntervalMs > 0
      ? startSweeper(database, {
          everyMs: settings.sweepIntervalMs,
          onError: (err) => log.warn({ err }, 'the sweeper has left its work for later'),
        })
      : undefined
  return { stop: async () => void (await Promise.all([relay?.stop(), sweeper?.stop()])) }
}
