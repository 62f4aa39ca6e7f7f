// `fleetflow start`: the API on the configured database, in one process or several.
import { loadSettings, requireProductionSettings, type Settings } from '../../env.ts'
import { serve } from '../../main.ts'
import { defineCommand, refusePositionals, UsageError } from '../command.ts'
import { openDatabase, requireCurrent, settingsOn } from '../database.ts'
import type { Terminal } from '../terminal.ts'

const mostWorkers = 64

export const start = defineCommand({
  summary: 'start the API on the configured database',
  help: `Usage: pnpm fleetflow start [--workers N] [--no-relay] [--json]

Serves on HOST and PORT until SIGINT or SIGTERM, then finishes what is under way and exits within 10 seconds.
A configured database must be current: run \`pnpm fleetflow migrate\` before. With NODE_ENV=production, DATABASE_URL (as the role
fleetflow_api) and the JWT settings or those of the bundled issuer must be set; else the embedded database and the development key stand in.

--workers N serves with N processes (1 to ${mostWorkers}, default 1) behind the one port. Each has its own DATABASE_POOL_SIZE connections and its own
limits (REDIS_URL lets them count rates together); one that dies is replaced.
--no-relay leaves the event log to other processes, like EVENT_RELAY=off.
--json prints { url, pid, workers } on standard output once all listen; logs follow.`,
  options: { workers: { type: 'string' }, 'no-relay': { type: 'boolean' } },
  async run(values, positionals, terminal) {
    refusePositionals(positionals)
    const workers = countOf(values.workers)
    const settings = loadSettings()
    requireProductionSettings(settings)
    const database = await openDatabase(settings, terminal)
    try {
      if (database.embedded) await database.migrate()
      else await requireCurrent(database.apiUrl)
      const own = { ...settingsOn(database, settings), ...(values['no-relay'] ? { eventRelay: false } : {}) }
      const { url } = await serveWith(workers, own, () => database.release(), terminal)
      if (database.embedded) terminal.note('DATABASE_URL is not set: this is the embedded database.')
      terminal.result({ url, pid: process.pid, workers }, [`FleetFlow answers at ${url}`])
      return 0
    } catch (error) {
      await database.release()
      throw error
    }
  },
})

function countOf(given: string | undefined): number {
  const workers = given === undefined ? 1 : /^\d{1,3}$/.test(given) ? Number(given) : Number.NaN
  if (workers >= 1 && workers <= mostWorkers) return workers
  throw new UsageError(`--workers must be a whole number from 1 to ${mostWorkers}`)
}

async function serveWith(
  workers: number,
  settings: Settings,
  afterwards: () => Promise<void>,
  terminal: Terminal,
): Promise<{ url: string }> {
  if (workers === 1) return serve(settings, afterwards)
  const { serveWithWorkers } = await import('../../workers/primary.ts')
  const { url, warnings } = await serveWithWorkers(settings, workers, afterwards)
  for (const warning of warnings) terminal.note(warning)
  return { url }
}
