// The program of one worker: serves with the settings that the primary sends, on the port that all share. When the primary is gone, Node ends it.
import { Server } from 'node:net'
import closeWithGrace from 'close-with-grace'
import { type Settings, SettingsError } from '../env.ts'
import { exitWithinMs, startServer } from '../main.ts'
import { isOurs, type ToPrimary, type ToWorker, type Trouble } from './messages.ts'
import { workerMetrics } from './workerMetrics.ts'

const tell = (message: ToPrimary, told: () => void = () => {}): void => void process.send?.(message, told)
const metrics = workerMetrics(tell)
let stop = (): void => process.exit(0)

process.on('message', (message) => {
  if (!isOurs<ToWorker>(message)) return
  if (message.fleetflow === 'serve') void serve(message.settings)
  else if (message.fleetflow === 'stop') stop()
  else metrics.answer(message)
})

async function serve(settings: Settings): Promise<void> {
  try {
    const { app, url } = await startServer(settings, { gatherMetrics: metrics.gather })
    const signals = ['SIGTERM', 'SIGINT'] as const
    const grace = closeWithGrace({ delay: exitWithinMs, logger: app.log, skip: [...signals] }, async () => {
      // The other workers, or nobody, take what comes from now on; the app finishes what is open.
      Server.prototype.close.call(app.server)
      await app.close()
      await metrics.handOver()
    })
    // A terminal sends its signal to every process at once, and the primary says it too: the second time is no impatience.
    let stopping = false
    stop = () => {
      if (!stopping) grace.close()
      stopping = true
    }
    for (const signal of signals) process.on(signal, stop)
    tell({ fleetflow: 'listening', url })
  } catch (error) {
    tell({ fleetflow: 'failed', trouble: describe(error) }, () => process.exit(1))
  }
}

function describe(error: unknown): Trouble {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const problems = error instanceof SettingsError ? error.problems : undefined
  return { message: error instanceof Error ? error.message : String(error), code, problems }
}
