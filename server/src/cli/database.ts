// Which database a command works on: the configured one, or the embedded one of FLEETFLOW_HOME, started when nobody runs it yet.
import { migrate, schemaState } from '@fleetflow/db/admin'
import { acquireEmbedded } from '@fleetflow/db/embedded'
import type { Settings } from '../env.ts'
import { CommandError } from './command.ts'
import type { Terminal } from './terminal.ts'

export interface CommandDatabase extends AsyncDisposable {
  embedded: boolean
  adminUrl: string
  /** What the server connects with. */
  apiUrl: string
  /** What the bundled issuer connects with; undefined: as the settings say. */
  authUrl: string | undefined
  /** Brings the schema to the newest migration; answers the names that were applied. */
  migrate(): Promise<{ applied: string[]; total: number }>
  /** Releases the embedded server: it stops when nobody else uses it. */
  release(): Promise<void>
}

/** Errors: CommandError in production when nothing is configured; EmbeddedError when the embedded server cannot run here. */
export async function openDatabase(settings: Settings, terminal: Terminal): Promise<CommandDatabase> {
  const { databaseUrl, databaseAdminUrl } = settings
  const apiUrl = databaseUrl ?? databaseAdminUrl
  const adminUrl = databaseAdminUrl ?? databaseUrl
  if (adminUrl === undefined || apiUrl === undefined) return openEmbedded(settings, terminal)
  const passwords = {
    apiPassword: ownPassword('fleetflow_api', apiUrl, adminUrl),
    authPassword: settings.authDatabaseUrl === undefined ? undefined : ownPassword('fleetflow_auth', settings.authDatabaseUrl, adminUrl),
  }
  return describe({ embedded: false, adminUrl, apiUrl, authUrl: undefined }, passwords, terminal, async () => {})
}

/** For commands that work on what is there: the embedded database is brought up to date, a configured one has to be. */
export async function openCurrentDatabase(settings: Settings, terminal: Terminal): Promise<CommandDatabase> {
  const database = await openDatabase(settings, terminal)
  try {
    if (database.embedded) await database.migrate()
    else await requireCurrent(database.adminUrl)
    return database
  } catch (error) {
    await database.release()
    throw error
  }
}

/** Errors: CommandError when migrations are missing. A database that is ahead of this version is fine: deployments overlap. */
export async function requireCurrent(url: string): Promise<void> {
  const state = await schemaState(url)
  if (state.missing.length === 0) return
  const what = state.applied === null ? 'has no FleetFlow schema yet' : `is ${state.missing.length} migration(s) behind`
  throw new CommandError(`The database ${what}: run \`pnpm fleetflow migrate\` first`)
}

async function openEmbedded(settings: Settings, terminal: Terminal): Promise<CommandDatabase> {
  if (settings.production) {
    throw new CommandError(
      'DATABASE_URL (and DATABASE_ADMIN_URL) must be set in production: nothing runs on the embedded database silently',
    )
  }
  const embedded = await terminal.step('Starting the embedded PostgreSQL', () =>
    acquireEmbedded({ home: settings.home, log: (line) => terminal.note(`PostgreSQL: ${line}`) }),
  )
  const { adminUrl, apiUrl, authUrl, apiPassword, authPassword } = embedded
  return describe({ embedded: true, adminUrl, apiUrl, authUrl }, { apiPassword, authPassword }, terminal, () => embedded.release())
}

function describe(
  where: Pick<CommandDatabase, 'embedded' | 'adminUrl' | 'apiUrl' | 'authUrl'>,
  { apiPassword, authPassword }: { apiPassword: string | undefined; authPassword: string | undefined },
  terminal: Terminal,
  release: () => Promise<void>,
): CommandDatabase {
  const passwords = { ...(apiPassword === undefined ? {} : { apiPassword }), ...(authPassword === undefined ? {} : { authPassword }) }
  const onMigration = (name: string) => terminal.note(`Applied ${name}`)
  return {
    ...where,
    migrate: () => terminal.step('Migrating', () => migrate(where.adminUrl, { onMigration, ...passwords })),
    release,
    [Symbol.asyncDispose]: release,
  }
}

/** The settings of a server on this database. */
export function settingsOn(database: CommandDatabase, settings: Settings): Settings {
  const { issuer } = settings
  const own = issuer === undefined ? undefined : { ...issuer, databaseUrl: database.authUrl ?? issuer.databaseUrl }
  return { ...settings, databaseUrl: database.apiUrl, issuer: own }
}

/** The password that an address gives this role, which the administrator then has to set. */
function ownPassword(role: string, url: string, adminUrl: string): string | undefined {
  const { username, password } = new URL(url)
  return url !== adminUrl && username === role && password !== '' ? decodeURIComponent(password) : undefined
}
