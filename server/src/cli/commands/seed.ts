// `fleetflow seed`: makes the demo fleet.
import { seed as seedDatabase } from '@fleetflow/db/admin'
import { loadSettings } from '../../env.ts'
import { developmentIssuer } from '../../http/auth/developmentKey.ts'
import { defineCommand, refusePositionals } from '../command.ts'
import { openCurrentDatabase } from '../database.ts'

export const seed = defineCommand({
  summary: 'make the demo fleet',
  help: `Usage: pnpm fleetflow seed [--json]

Makes the fleet \`demo\` with its people, cars, trips and reviews, unless it exists.
Works on DATABASE_ADMIN_URL (default DATABASE_URL, without either the embedded database).

--json ends with { created, fleet, users, cars, trips, reviews }, counting what this run made.`,
  options: {},
  async run(_values, positionals, terminal) {
    refusePositionals(positionals)
    await using database = await openCurrentDatabase(loadSettings(), terminal)
    const result = await terminal.step('Making the demo fleet', () => seedDatabase(database.adminUrl, { issuer: developmentIssuer }))
    terminal.result({ ...result }, [
      result.created
        ? `Made the fleet ${result.fleet}: ${result.cars} cars, ${result.trips} trips, ${result.reviews} reviews.`
        : `The fleet ${result.fleet} exists already; nothing was changed.`,
      `Users: ${result.users.join(', ')}`,
    ])
    return 0
  },
})
