// Starts one PostgreSQL server of our cluster on a loopback port and waits until it is ready.
import { closeSync, openSync } from 'node:fs'
import { open, rename, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Binaries } from './binaries.ts'
import { type Cluster, serverEnvironment } from './cluster.ts'
import { EmbeddedError } from './errors.ts'
import { absent } from './files.ts'
import { type Guarded, spawnGuarded } from './guard.ts'
import type { Identity } from './identity.ts'
import { readPostmaster, stopLeftover } from './postmaster.ts'

export interface ServerOptions {
  cluster: Cluster
  binaries: Binaries
  identity: Identity
  logPath: string
  unsafeNoSync: boolean
  log: (line: string) => void
}

export interface Server extends Guarded {
  port: number
}

const attempts = 20
// Reasons that pass: somebody took the port, or the last backends of a killed server still end. Messages are in English (LC_ALL=C).
const portTaken = /could not bind|Address already in use/
const stillEnding = /shared memory block .* is still in use|lock file "postmaster.pid" already exists/

/** `preferredPort` is tried a few times before another one is taken. */
export async function startServer(options: ServerOptions, preferredPort?: number): Promise<Server> {
  const { dataDirectory } = options.cluster
  let port = preferredPort ?? (await freePort())
  for (let attempt = 1; ; attempt++) {
    const reusedPid = await stopLeftover(dataDirectory, options.log)
    const logStart = (await absent(stat(options.logPath)))?.size ?? 0
    const server = await launch(options, port, reusedPid)
    if (await becomesReady(server, dataDirectory)) return { ...server, port }
    const reason = await logSince(options.logPath, logStart)
    const isPortTaken = portTaken.test(reason)
    if (attempt === attempts || !(isPortTaken || stillEnding.test(reason))) {
      throw new EmbeddedError(`PostgreSQL did not start, see ${options.logPath}:\n${reason.trim()}`)
    }
    await pause(attempt * 25)
    if (isPortTaken && (preferredPort === undefined || attempt > 5)) port = await freePort()
  }
}

async function launch(options: ServerOptions, port: number, reusedPid: number | undefined): Promise<Guarded> {
  const { binaries, cluster, identity } = options
  const env = serverEnvironment()
  // PostgreSQL takes the process named so for one of its ancestors, and then only its memory decides whether an old server is alive.
  if (reusedPid !== undefined) env.PG_GRANDPARENT_PID = String(reusedPid)
  const settings = Object.entries(serverSettings(port, options.unsafeNoSync)).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const command = [...identity.prefix, binaries.postgres, '-D', cluster.dataDirectory, ...settings]
  const logDescriptor = openSync(options.logPath, 'a', 0o600)
  try {
    return await spawnGuarded({ command, logDescriptor, env, ...identity.user })
  } finally {
    closeSync(logDescriptor)
  }
}

function serverSettings(port: number, unsafeNoSync: boolean): Record<string, string | number> {
  const durable = unsafeNoSync ? 'off' : 'on'
  return {
    cluster_name: 'fleetflow',
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '128MB',
    password_encryption: 'scram-sha-256',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    client_connection_check_interval: '1s',
    log_lock_waits: 'on',
    // Also where somebody turns on statement logging: what people sent stays out of the log, and so do the rows that a DETAIL quotes.
    log_parameter_max_length: 0,
    log_parameter_max_length_on_error: 0,
    log_error_verbosity: 'terse',
    log_line_prefix: '%m [%p] %q%u@%d %a ',
    fsync: durable,
    full_page_writes: durable,
    // Costs nothing without fsync, and so a killed server loses no commit in a test either.
    synchronous_commit: 'on',
  }
}

async function becomesReady(server: Guarded, dataDirectory: string): Promise<boolean> {
  let isGone = false
  void server.gone.then(() => (isGone = true))
  while (!isGone) {
    const postmaster = await readPostmaster(dataDirectory)
    if (postmaster?.pid === server.pid && postmaster.ready) return true
    await Promise.race([server.gone, pause(10)])
  }
  return false
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

async function logSince(path: string, start: number): Promise<string> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(16_384), 0, 16_384, start)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}

const largestLog = 16 * 1024 * 1024

/** Keeps one older log; called while no server runs. */
export async function rotateLog(path: string): Promise<void> {
  if (((await absent(stat(path)))?.size ?? 0) > largestLog) await rename(path, `${path}.1`)
}
