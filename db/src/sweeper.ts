// The sweeper: writes down now and then what time has decided, so that tables stay tidy. Nothing waits for it and nothing depends on it.
import type { Database } from './connect.ts'
import { type DatabaseError, toDatabaseError } from './errors.ts'
import { service } from './service.ts'

export interface SweeperOptions {
  everyMs: number
  /** Trips, and other things, written at a time; 100 unless told. */
  batch?: number
  /** Told when a round could not be made; the next one comes all the same. */
  onError?: (error: DatabaseError) => void
}

export interface Sweeper {
  /** Lets the round under way end. */
  stop(): Promise<void>
}

/** Sweeps on one connection of the pool after every `everyMs`, until there is nothing left or the round is stopped. */
export function startSweeper(db: Database, { everyMs, batch = 100, onError = () => {} }: SweeperOptions): Sweeper {
  let stopped = false
  let round = Promise.resolve()

  async function sweep(): Promise<void> {
    try {
      while (!stopped && ((await service(db, 'sweep_trips', batch)) ?? 0) >= batch);
    } catch (error) {
      onError(toDatabaseError(error))
    }
  }

  let busy = false
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    round = sweep().finally(() => {
      busy = false
    })
  }, everyMs)
  timer.unref()
  return {
    async stop() {
      stopped = true
      clearInterval(timer)
      await round
    },
  }
}
