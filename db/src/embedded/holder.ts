// A holder's side: finds the keeper of a home or starts one, and holds the server by an open connection that ends with this process.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { EmbeddedError } from './errors.ts'
import { pathsOf, readIfPresent } from './files.ts'
import { tryLock } from './lock.ts'
import { isAlive, readPostmaster } from './postmaster.ts'
import { encode, type FromKeeper, type KeeperFile, type KeeperOptions, readMessages, type ServerFacts } from './protocol.ts'

export interface Hold {
  facts: ServerFacts
  /** Resolves when the keeper is gone although nobody asked it to end. */
  lost: Promise<void>
  /** Resolves when others still hold the server, or when it is stopped. */
  release(): Promise<void>
}

type Log = (line: string) => void

const welcomeTimeoutMs = 3_000
const startsAllowed = 3
const busyTimeoutMs = 60_000

export async function hold(options: KeeperOptions, log: Log): Promise<Hold> {
  const paths = pathsOf(options.home)
  const deadline = Date.now() + busyTimeoutMs
  for (let starts = 0; starts < startsAllowed; ) {
    const joined = await joinKeeper(options.home, log)
    if (joined !== undefined) return joined
    const lock = tryLock(paths.startLock)
    try {
      const result = lock === undefined ? 'busy' : ((await joinKeeper(options.home, log)) ?? (await startAndJoin(options, log)))
      if (typeof result === 'object') return result
      if (result === 'ended') starts++
    } finally {
      lock?.release()
    }
    if (Date.now() > deadline) throw new EmbeddedError(`another process keeps ${options.home} and does not answer, see ${paths.keeper}`)
    await pause(10 + Math.random() * 40)
  }
  throw new EmbeddedError(`the keeper of ${options.home} ends as soon as it starts, see ${paths.log}`)
}

// Detached, so that Ctrl-C in the terminal reaches neither the keeper nor PostgreSQL. Its standard input stays open until this process
// has joined: a keeper whose starter dies before that does not stay for nobody.
async function startAndJoin(options: KeeperOptions, log: Log): Promise<Hold | 'busy' | 'ended'> {
  const logPath = pathsOf(options.home).log
  const logDescriptor = openSync(logPath, 'a', 0o600)
  const keeper = spawn(process.execPath, [join(import.meta.dirname, 'keeper.ts'), JSON.stringify(options)], {
    cwd: '/',
    detached: true,
    env: { ...process.env, NODE_OPTIONS: undefined, NODE_V8_COVERAGE: undefined },
    stdio: ['pipe', 'pipe', logDescriptor],
  })
  closeSync(logDescriptor)
  try {
    const output: Promise<unknown[]> = keeper.stdout === null ? Promise.resolve([]) : once(keeper.stdout, 'data')
    const [first] = await Promise.race([output, once(keeper, 'exit')])
    const line = String(first).trim()
    if (line === 'busy') return 'busy'
    if (line !== 'listening') throw new EmbeddedError(`the keeper of ${options.home} did not start (${line}), see ${logPath}`)
    return (await joinKeeper(options.home, log)) ?? 'ended'
  } finally {
    keeper.stdin?.destroy()
    keeper.stdout?.destroy()
    keeper.unref()
  }
}

/** Undefined when there is no keeper, or when it ended meanwhile; throws when it says that the server cannot run. */
async function joinKeeper(home: string, log: Log): Promise<Hold | undefined> {
  const file = await readKeeperFile(pathsOf(home).keeper)
  if (file === undefined) return undefined
  const socket = connect(file.port, '127.0.0.1')
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('error', () => undefined)
  socket.setTimeout(welcomeTimeoutMs, () => socket.destroy())
  socket.write(encode({ hello: file.token }))
  const ready = Promise.withResolvers<ServerFacts>()
  let isDeliberate = false
  let failure: string | undefined
  readMessages<FromKeeper>(socket, (message) => {
    if ('welcome' in message || 'stopping' in message) socket.setTimeout(0)
    else if ('log' in message) log(message.log)
    else if ('ready' in message) ready.resolve(message.ready)
    else isDeliberate = true
    if ('failed' in message) failure = message.failed
  })
  // A keeper that fails cleans up before it closes: whoever is told of the failure finds nothing running.
  const facts = await Promise.race([ready.promise, closed])
  if (facts === undefined && failure !== undefined) throw new EmbeddedError(failure)
  if (facts === undefined) return undefined
  socket.unref()
  const lost = Promise.withResolvers<void>()
  void closed.then(() => (isDeliberate ? undefined : lost.resolve()))
  return { facts, lost: lost.promise, release: () => release(socket, closed, facts, () => isDeliberate) }
}

async function release(socket: Socket, closed: Promise<void>, facts: ServerFacts, isDeliberate: () => boolean): Promise<void> {
  socket.ref()
  if (socket.writable) socket.write(encode({ release: true }))
  await closed
  if (!isDeliberate()) await serverEnds(facts.dataDirectory)
}

// The keeper was killed: its guard stops the server, and nobody tells.
async function serverEnds(dataDirectory: string): Promise<void> {
  const first = await readPostmaster(dataDirectory)
  while (first !== undefined && isAlive(first.pid) && (await readPostmaster(dataDirectory))?.pid === first.pid) await pause(20)
}

async function readKeeperFile(path: string): Promise<KeeperFile | undefined> {
  try {
    return JSON.parse((await readIfPresent(path)) ?? '') as KeeperFile
  } catch {
    return undefined
  }
}
