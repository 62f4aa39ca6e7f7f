// Acquires the embedded server of a home directory: shared by everybody who holds the home, stopped after the last of them.
import { mkdir, realpath, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { EmbeddedError, messageOf } from './errors.ts'
import { pathsOf } from './files.ts'
import { type Hold, hold } from './holder.ts'
import type { KeeperOptions } from './protocol.ts'
import { proveOwnCluster } from './prove.ts'
import { readSecrets, type Secrets, urlFor } from './secrets.ts'

export interface EmbeddedOptions {
  /** The directory for the cluster, its passwords and its log; made when absent. */
  home: string
  /** For tests only: turns fsync and full_page_writes off. A power cut then loses or damages data. */
  unsafeNoSync?: boolean
  /** A directory holding initdb and postgres, instead of the ones that were installed with this package. */
  binaries?: string
  /** Receives what happens to the server: a restart, a takeover. */
  log?: (line: string) => void
}

export interface Embedded {
  /** Superuser postgres, database fleetflow. */
  adminUrl: string
  /** Role fleetflow_api, database fleetflow. The role exists after the bootstrap with `apiPassword`. */
  apiUrl: string
  apiPassword: string
  /** Role fleetflow_auth, the bundled issuer's. The role exists after the bootstrap with `authPassword`. */
  authUrl: string
  authPassword: string
  port: number
  dataDirectory: string
  /** Path of the server's log. */
  serverLog: string
  /** Superuser's address of another database. */
  urlFor(database: string): string
  /** Resolves when the server is stopped, or at once when others still hold it. */
  release(): Promise<void>
}

/** @throws EmbeddedError when the server cannot run here or is not our own. */
export async function acquireEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  if (process.platform === 'win32') throw new EmbeddedError('the embedded PostgreSQL needs Linux or macOS: use WSL, or set DATABASE_URL')
  const home = await makeHome(options.home)
  const log = options.log ?? (() => undefined)
  const keeperOptions: KeeperOptions = {
    home,
    unsafeNoSync: options.unsafeNoSync ?? false,
    ...(options.binaries === undefined ? {} : { binaries: resolve(options.binaries) }),
  }
  const held = await hold(keeperOptions, log)
  try {
    const secrets = await check(held, keeperOptions)
    return describe(held, keeperOptions, secrets, log)
  } catch (error) {
    await held.release()
    throw error
  }
}

async function makeHome(home: string): Promise<string> {
  const path = resolve(home)
  await mkdir(dirname(path), { recursive: true })
  await mkdir(path, { recursive: true, mode: 0o700 })
  const [self, owner] = [process.getuid?.() ?? 0, (await stat(path)).uid]
  if (self !== 0 && self !== owner) throw new EmbeddedError(`${path} belongs to user ${owner}, and this is user ${self}: use another home`)
  return realpath(path)
}

async function check({ facts }: Hold, { home, unsafeNoSync }: KeeperOptions): Promise<Secrets> {
  if (facts.unsafeNoSync && !unsafeNoSync) {
    throw new EmbeddedError(`${home} is held by a test that runs PostgreSQL without fsync: use another home or wait for its end`)
  }
  const secrets = await readSecrets(home)
  if (secrets === undefined) throw new EmbeddedError(`${pathsOf(home).secrets} is missing`)
  const { systemIdentifier, superuserPassword } = secrets
  await proveOwnCluster(urlFor('postgres', superuserPassword, facts.port, 'fleetflow'), {
    systemIdentifier,
    dataDirectory: pathsOf(home).data,
  })
  return secrets
}

function describe(held: Hold, options: KeeperOptions, secrets: Secrets, log: (line: string) => void): Embedded {
  const { port } = held.facts
  const adminUrl = (database: string) => urlFor('postgres', secrets.superuserPassword, port, database)
  return {
    adminUrl: adminUrl('fleetflow'),
    apiUrl: urlFor('fleetflow_api', secrets.apiPassword, port, 'fleetflow'),
    apiPassword: secrets.apiPassword,
    authUrl: urlFor('fleetflow_auth', secrets.authPassword, port, 'fleetflow'),
    authPassword: secrets.authPassword,
    port,
    dataDirectory: pathsOf(options.home).data,
    serverLog: pathsOf(options.home).log,
    urlFor: adminUrl,
    release: holdOn(held, options, log),
  }
}

const successorsAllowed = 5
const successorWindowMs = 60_000

/** Returns the release. Until then a killed keeper is replaced, on the same port where possible. */
function holdOn(first: Hold, options: KeeperOptions, log: (line: string) => void): () => Promise<void> {
  let current: Promise<Hold> = Promise.resolve(first)
  let released: Promise<void> | undefined
  const losses: number[] = []
  const watch = (held: Hold): void => {
    void held.lost.then(() => {
      losses.push(Date.now())
      const recent = losses.filter((time) => time > Date.now() - successorWindowMs)
      if (released !== undefined || recent.length > successorsAllowed) return
      log('the keeper of the embedded server was killed; starting another one')
      const next = hold(options, log)
      current = next.catch(() => held)
      next.then(watch, (error: unknown) => log(messageOf(error)))
    })
  }
  watch(first)
  return () => (released ??= current.then((held) => held.release()))
}
