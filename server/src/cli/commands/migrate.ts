// `fleetflow migrate`: makes the roles and applies every missing migration.
import { loadSettings } from '../../env.ts'
import { defineCommand, refusePositionals } from '../command.ts'
import { openDatabase } from '../database.ts'

export const migrate = defineCommand({
  summary: 'bring the database to the newest schema',
  help: `Usage: pnpm fleetflow migrate [--json]

Makes the roles (fleetflow_owner, _fn, _sys, _api, _auth) and applies every missing migration. Safe to run twice, and by many at once.
Works on DATABASE_ADMIN_URL (default DATABASE_URL, without either the embedded database). When DATABASE_URL logs in as
fleetflow_api with a password and DATABASE_ADMIN_URL is another one, that password is set; likewise that of fleetflow_auth from AUTH_DATABASE_URL.

--json ends with { applied, total }.`,
  options: {},
  async run(_values, positionals, terminal) {
    refusePositionals(positionals)
    await using database = await openDatabase(loadSettings(), terminal)
    const { applied, total } = await database.migrate()
    terminal.result({ applied, total }, [
      applied.length === 0
        ? `Nothing to do: all ${total} migration(s) are applied.`
        : `Applied ${applied.length} of ${total} migration(s).`,
    ])
    return 0
  },
})
