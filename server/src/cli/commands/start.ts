// `fleetflow start`: the API on the configured database.
import { loadSettings, requireProductionSettings } from '../../env.ts'
import { serve } from '../../main.ts'
import { defineCommand, refusePositionals } from '../command.ts'
import { openDatabase, requireCurrent, settingsOn } from '../database.ts'

export const start = defineCommand({
  summary: 'start the API on the configured database',
  help: `Usage: pnpm fleetflow start [--no-relay] [--json]

Serves on HOST and PORT until SIGINT or SIGTERM, then finishes what is under way and exits within 10 seconds.
A configured database must be current: run \`pnpm fleetflow migrate\` before. With NODE_ENV=production, DATABASE_URL (as the role
fleetflow_api) and the JWT settings or those of the bundled issuer must be set; else the embedded database and the development key stand in.

--no-relay leaves the event log to other processes, like EVENT_RELAY=off.
--json prints { url, pid } on standard output once it listens; logs follow.`,
  options: { 'no-relay': { type: 'boolean' } },
  async run(values, positionals, terminal) {
    refusePositionals(positionals)
    const settings = loadSettings()
    requireProductionSettings(settings)
    const database = await openDatabase(settings, terminal)
    try {
      if (database.embedded) await database.migrate()
      else await requireCurrent(database.apiUrl)
      const server = await serve({ ...settingsOn(database, settings), ...(values['no-relay'] ? { eventRelay: false } : {}) }, () =>
        database.release(),
      )
      if (database.embedded) terminal.note('DATABASE_URL is not set: this is the embedded database.')
      terminal.result({ url: server.url, pid: process.pid }, [`FleetFlow answers at ${server.url}`])
      return 0
    } catch (error) {
      await database.release()
      throw error
    }
  },
})
