// Keeps one server of a home running: prepares it, proves it, starts it again on the same port when it was killed, stops it.
import { findBinaries } from './binaries.ts'
import { ensureCluster } from './cluster.ts'
import { EmbeddedError, messageOf } from './errors.ts'
import { pathsOf } from './files.ts'
import { chooseIdentity } from './identity.ts'
import type { KeeperOptions, ServerFacts } from './protocol.ts'
import { ensureDatabase, proveOwnCluster } from './prove.ts'
import { urlFor } from './secrets.ts'
import { rotateLog, type Server, type ServerOptions, startServer } from './server.ts'

export interface Supervisor {
  /** The running server; a new promise after each restart. */
  facts(): Promise<ServerFacts>
  stop(): Promise<void>
}

interface SuperviseOptions extends KeeperOptions {
  preferredPort: number | undefined
  log: (line: string) => void
  onReady: (facts: ServerFacts) => Promise<void>
  onFailed: (error: unknown) => void
}

const restartsAllowed = 5
const restartWindowMs = 60_000

export function supervise(options: SuperviseOptions): Supervisor {
  let stopping = false
  let server: Server | undefined
  let prepared: ServerOptions | undefined
  const restarts: number[] = []

  async function run(port: number | undefined): Promise<ServerFacts> {
    prepared ??= await prepare(options)
    const started = await startServer(prepared, port)
    server = started
    await proveAndFill(prepared, started)
    void started.gone.then(() => {
      if (!stopping) restart(started.port)
    })
    const facts = { port: started.port, dataDirectory: prepared.cluster.dataDirectory, unsafeNoSync: options.unsafeNoSync }
    if (port !== undefined && started.port !== port) options.log(`port ${port} is taken; the server moved to ${started.port}`)
    await options.onReady(facts)
    return facts
  }

  /** A server may be killed again while it starts or is proved: that counts as one more restart. */
  async function runAgain(port: number): Promise<ServerFacts> {
    for (;;) {
      options.log('the server ended unexpectedly; starting it again')
      restarts.push(Date.now())
      if (areTooMany(restarts)) throw new EmbeddedError(`PostgreSQL keeps ending, see ${pathsOf(options.home).log}`)
      try {
        return await run(port)
      } catch (error) {
        if (stopping) throw error
        options.log(messageOf(error))
      }
    }
  }

  function restart(port: number): void {
    current = runAgain(port)
    current.catch(options.onFailed)
  }

  let current = run(options.preferredPort)
  current.catch(options.onFailed)

  return {
    facts: () => current,
    async stop() {
      stopping = true
      await current.catch(() => undefined)
      server?.stop()
      await server?.gone
    },
  }
}

const areTooMany = (times: number[]): boolean => times.filter((time) => time > Date.now() - restartWindowMs).length > restartsAllowed

async function prepare(options: SuperviseOptions): Promise<ServerOptions> {
  const { home, unsafeNoSync, log } = options
  const paths = pathsOf(home)
  const identity = await chooseIdentity(home, paths.data)
  const binaries = await findBinaries(home, options.binaries, identity.user?.uid)
  const cluster = await ensureCluster(home, binaries, identity, unsafeNoSync)
  await rotateLog(paths.log)
  return { cluster, binaries, identity, unsafeNoSync, log, logPath: paths.log }
}

async function proveAndFill({ cluster }: ServerOptions, server: Server): Promise<void> {
  const url = urlFor('postgres', cluster.secrets.superuserPassword, server.port, 'postgres')
  try {
    await proveOwnCluster(url, { dataDirectory: cluster.dataDirectory, systemIdentifier: cluster.secrets.systemIdentifier })
    await ensureDatabase(url, 'fleetflow')
  } catch (error) {
    server.stop()
    await server.gone
    throw error
  }
}
