// `fleetflow dev`: everything for development from nothing, and what to try.
import { seed } from '@fleetflow/db/admin'
import { loadSettings, type Settings } from '../../env.ts'
import { developmentIssuer, signDevelopmentToken } from '../../http/auth/developmentKey.ts'
import { serve } from '../../main.ts'
import { CommandError, defineCommand, refusePositionals } from '../command.ts'
import { openDatabase, settingsOn } from '../database.ts'

const renter = 'renter@demo.fleetflow.dev'

export const dev = defineCommand({
  summary: 'start everything for development: database, demo fleet, API',
  help: `Usage: pnpm fleetflow dev [--json]

Starts the embedded PostgreSQL (or uses DATABASE_URL), brings the schema up to date, makes the demo fleet unless it exists, serves
the API on HOST and PORT and prints what to try. Ctrl-C finishes what is under way and stops the database if nobody else uses it.

--json prints { url, docs, fleet, user, token, embedded } on standard output once it listens; logs follow.`,
  options: {},
  async run(_values, positionals, terminal) {
    refusePositionals(positionals)
    const settings = loadSettings()
    if (settings.production) throw new CommandError('NODE_ENV is production: use `pnpm fleetflow start`')
    const database = await openDatabase(settings, terminal)
    try {
      await database.migrate()
      const { fleet } = await terminal.step('Making the demo fleet', () => seed(database.adminUrl, { issuer: developmentIssuer }))
      const { url } = await serve(settingsOn(database, settings), () => database.release())
      const token = await tokenOf(settings)
      const docs = `${url}/docs`
      terminal.result({ url, docs, fleet, user: renter, token, embedded: database.embedded }, [
        ...whatToTry(url, docs, token),
        ...howToSignUp(url, settings),
      ])
      return 0
    } catch (error) {
      await database.release()
      throw error
    }
  },
})

/** Null where the server trusts somebody else's tokens. */
async function tokenOf(settings: Settings): Promise<string | null> {
  return settings.tokens.issuers.length > 0 ? null : signDevelopmentToken({ home: settings.home, email: renter, expiresIn: '12h' })
}

function whatToTry(url: string, docs: string, token: string | null): string[] {
  const bearer = token ?? '$TOKEN'
  return [
    '',
    `  FleetFlow answers at  ${url}`,
    `  API reference         ${docs}`,
    '',
    `  The demo fleet (slug demo), as ${renter}:`,
    '',
    `    curl -s '${url}/api/cars?fleet=demo&limit=3' -H 'authorization: Bearer ${bearer}'`,
    '',
    '  The same, typed:',
    '',
    "    import { createFleetflowClient } from '@fleetflow/client'",
    `    const api = createFleetflowClient({ url: '${url}', token: process.env.TOKEN })`,
    "    const { items } = await api.cars.list.query({ fleet: 'demo' })",
    '',
    `  More tokens: pnpm fleetflow token --user owner@demo.fleetflow.dev       Stop: Ctrl-C`,
    '',
  ]
}

/** The issuer of this server, if it runs one: the mail with the link is printed below. */
function howToSignUp(url: string, { issuer }: Settings): string[] {
  if (issuer === undefined) return []
  const body = `{"email":"you@example.com","password":"at least 8 letters","name":"You"}`
  return [
    '  Sign up as somebody new (the mail with the link is printed here; then docs/sign-in.md):',
    '',
    `    curl -s ${url}/auth/sign-up/email -H 'content-type: application/json' -d '${body}'`,
    '',
  ]
}
