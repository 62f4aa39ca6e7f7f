// Several processes behind one port: this one hands connections out in turn, keeps the workers alive and runs what is needed once; it answers nothing.
import cluster, { type Worker } from 'node:cluster'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from '@fleetflow/db'
import { AggregatorRegistry } from '@prometheus-io/client'
import closeWithGrace from 'close-with-grace'
import { requireProductionSettings, type Settings, SettingsError } from '../env.ts'
import { withKnownPort } from '../freePort.ts'
import { createLogger } from '../http/logging.ts'
import { startLoops } from '../loops.ts'
import { exitWithinMs } from '../main.ts'
import type { ToPrimary } from './messages.ts'
import { openSlot, type Slot, tell } from './slot.ts'
import { warningsFor } from './warnings.ts'

/** When a worker that has not ended by itself is ended, and when the loops end although workers may still answer: all within `exitWithinMs`. */
const patienceMs = exitWithinMs - 300
const loopsEndAfterMs = 6000

export interface ServingWorkers {
  /** As people type it, the same for all. */
  url: string
  /** What whoever started them should know, a line each. */
  warnings: string[]
}

/**
 * Serves with so many workers until SIGTERM or SIGINT, then stops them, drained, within 10 seconds. `afterwards` runs when all have stopped.
 * Resolves when all listen; when one of them cannot, none is left. Each worker is a whole server but for the relay and the sweeper.
 */
export async function serveWithWorkers(given: Settings, count: number, afterwards: () => Promise<void>): Promise<ServingWorkers> {
  requireProductionSettings(given)
  const settings = await withKnownPort(given, 'always')
  const { databaseUrl } = settings
  if (databaseUrl === undefined) throw new SettingsError(['DATABASE_URL must be set, or start with `pnpm fleetflow dev`'])
  const log = createLogger(settings.logLevel)
  cluster.setupPrimary({ exec: join(import.meta.dirname, 'worker.ts'), args: [], serialization: 'advanced' })
  const onMessage = answerMetrics()
  const alone = { ...settings, eventRelay: false, sweepIntervalMs: 0 }
  const slots = Array.from({ length: count }, () => openSlot({ settings: alone, log, onMessage }))
  const urls = await Promise.all(slots.map(({ listening }) => listening)).catch(async (error: unknown) => {
    await stopAll(slots)
    throw error
  })
  const database = connect({ url: databaseUrl, max: 1, ...settings.database, applicationName: 'fleetflow sweeper' })
  const loops = startLoops(settings, databaseUrl, database, log)
  closeWithGrace({ delay: exitWithinMs, logger: log }, async () => {
    const workersEnd = stopAll(slots)
    await Promise.race([workersEnd, delay(loopsEndAfterMs, undefined, { ref: false })])
    const [killed] = await Promise.all([workersEnd, loops.stop().then(() => database.close())])
    await afterwards()
    if (killed) throw new Error('a worker had to be killed')
  })
  return { url: urls[0] ?? '', warnings: await warningsFor(settings, count, database) }
}

/** Answers whether a worker had to be killed. */
async function stopAll(slots: readonly Slot[]): Promise<boolean> {
  const patience = new AbortController()
  let killed = false
  const killing = delay(patienceMs, undefined, { signal: patience.signal }).then(
    () => {
      killed = true
      for (const slot of slots) slot.kill()
    },
    () => {},
  )
  await Promise.all(slots.map((slot) => slot.stop()))
  patience.abort()
  await killing
  return killed
}

/** Whoever of the workers is asked for /metrics asks here, where all of them are known. */
function answerMetrics(): (worker: Worker, message: ToPrimary) => void {
  const aggregator = new AggregatorRegistry()
  return (worker, message) => {
    if (message.fleetflow !== 'metrics') return
    const { question } = message
    aggregator.clusterMetrics().then(
      (text) => tell(worker, { fleetflow: 'metrics', question, text }),
      (error: unknown) => tell(worker, { fleetflow: 'metrics', question, trouble: String(error) }),
    )
  }
}
