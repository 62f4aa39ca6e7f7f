// The process: connects, checks that it may serve, listens, and stops gracefully when told to.
import { connect, type Database, privileges } from '@fleetflow/db'
import closeWithGrace from 'close-with-grace'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { buildApp } from './app.ts'
import { loadSettings, requireProductionSettings, type Settings, SettingsError } from './env.ts'
import { withKnownPort } from './freePort.ts'
import { createVerifier } from './http/auth/verifier.ts'
import type { GatherMetrics } from './http/metrics.ts'
import type { Issuer } from './issuer/issuer.ts'
import { type Loops, startLoops } from './loops.ts'
import type { MailPort } from './mail/port.ts'

/** Within the ten seconds that a supervisor grants. */
export const exitWithinMs = 9500

export interface RunningServer {
  app: FastifyInstance
  /** As people type it: `http://127.0.0.1:3000`. */
  url: string
  port: number
  /** Finishes what is under way, then closes connections and the database's pool. */
  close(): Promise<void>
}

export interface ServerParts {
  /** Takes the issuer's mail instead of what the settings say. */
  mail?: MailPort
  /** Answers /metrics for more than this process. */
  gatherMetrics?: GatherMetrics
}

/** Starts a server on `settings.databaseUrl`. Nothing is left open when it throws. */
export async function startServer(given: Settings, { mail, gatherMetrics }: ServerParts = {}): Promise<RunningServer> {
  requireProductionSettings(given)
  const settings = await withKnownPort(given)
  if (settings.databaseUrl === undefined) throw new SettingsError(['DATABASE_URL must be set, or start with `pnpm fleetflow dev`'])
  const { poolSize: max, ...timeouts } = settings.database
  const database = connect({ url: settings.databaseUrl, max, ...timeouts, applicationName: 'fleetflow' })
  let issuer: Issuer | undefined
  try {
    if (settings.production) await refusePrivilege(database)
    let log: FastifyBaseLogger | undefined
    issuer = await startIssuer(settings, mail, (err) => log?.warn({ err }, 'the issuer could not do this'))
    const verifier = await createVerifier(settings, { issuers: issuer === undefined ? [] : [issuer.trusted] })
    const app = await buildApp({ settings, database, verifier, issuer, gatherMetrics })
    log = app.log
    // After the last answer, so that the log holds what this process has done; side by side, so that a stop stays within its time.
    let loops: Loops | undefined
    app.addHook('onClose', async () => {
      await Promise.all([loops?.stop(), issuer?.close(), database.close()])
    })
    await app.listen({ port: settings.port, host: settings.host })
    loops = startLoops(settings, settings.databaseUrl, database, app.log)
    return describe(app)
  } catch (error) {
    await Promise.all([issuer?.close(), database.close()])
    throw error
  }
}

/** The library takes half a second to load, which a server without an issuer need not pay. */
async function startIssuer(
  settings: Settings,
  mail: MailPort | undefined,
  onTrouble: (error: unknown) => void,
): Promise<Issuer | undefined> {
  if (settings.issuer === undefined) return undefined
  const { openIssuer } = await import('./issuer/issuer.ts')
  return openIssuer(settings, { onTrouble, ...(mail === undefined ? {} : { mail }) })
}

/** Starts a server that also stops on SIGTERM and SIGINT, drained, within 10 seconds. `afterwards` runs when it has stopped. */
export async function serve(settings: Settings, afterwards: () => Promise<void> = async () => {}): Promise<RunningServer> {
  const server = await startServer(settings)
  closeWithGrace({ delay: exitWithinMs, logger: server.app.log }, async () => {
    await server.close()
    await afterwards()
  })
  return server
}

/** A connection that could read tables or change roles would make every rule of the database optional. */
async function refusePrivilege(database: Database): Promise<void> {
  const held = await privileges(database)
  const excess = [
    held.superuser ? 'is a superuser' : undefined,
    held.bypassRls ? 'bypasses row level security' : undefined,
    held.owner ? 'owns the tables' : undefined,
    held.createRole ? 'may create roles' : undefined,
  ].filter((reason) => reason !== undefined)
  if (excess.length === 0) return
  throw new SettingsError([
    `DATABASE_URL must connect as fleetflow_api in production: the role ${held.sessionUser} ${excess.join(', ')}. Administration uses DATABASE_ADMIN_URL`,
  ])
}

function describe(app: FastifyInstance): RunningServer {
  const address = app.server.address()
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port')
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return { app, url: `http://${host}:${address.port}`, port: address.port, close: () => app.close() }
}

if (import.meta.main) {
  try {
    await serve(loadSettings())
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}
