// The small detached process that owns the server of one home: it stops PostgreSQL when the last holder has left or died.
import { randomBytes } from 'node:crypto'
import { appendFileSync, rmSync } from 'node:fs'
import { messageOf } from './errors.ts'
import { pathsOf, readIfPresent, writeWhole } from './files.ts'
import { openHub } from './hub.ts'
import { tryLock } from './lock.ts'
import type { KeeperFile, KeeperOptions } from './protocol.ts'
import { type Supervisor, supervise } from './supervise.ts'

async function keep(options: KeeperOptions): Promise<void> {
  const paths = pathsOf(options.home)
  const lock = tryLock(paths.keeperLock)
  if (lock === undefined) return announce('busy')
  const log = (line: string): void => {
    appendFileSync(paths.log, `${new Date().toISOString()} keeper ${process.pid}: ${line}\n`, { mode: 0o600 })
    hub.log(line)
  }
  const token = randomBytes(24).toString('base64url')
  const preferredPort = await lastPort(paths.keeper)
  const started = Promise.withResolvers<Supervisor>()
  let ending: Promise<void> | undefined

  async function end(failure?: string): Promise<void> {
    if (failure !== undefined) await hub.joined
    hub.refuse()
    await (await started.promise).stop()
    rmSync(paths.keeper, { force: true })
    lock?.release()
    await hub.end(failure)
    process.exit(0)
  }
  const endOnce = (failure?: string): Promise<void> => (ending ??= end(failure))

  const hub = await openHub({ token, facts: async () => (await started.promise).facts(), onEmpty: () => void endOnce() })
  const save = (postgresPort: number | undefined): Promise<void> => {
    const file: KeeperFile = { pid: process.pid, port: hub.port, token, ...(postgresPort === undefined ? {} : { postgresPort }) }
    return writeWhole(paths.keeper, JSON.stringify(file))
  }
  await save(preferredPort)
  const onFailed = (error: unknown): void => {
    log(messageOf(error))
    void endOnce(messageOf(error))
  }
  started.resolve(supervise({ ...options, preferredPort, log, onReady: (facts) => save(facts.port), onFailed }))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void endOnce())
  announce('listening')
  // Its starter holds the other end until it has joined, or died.
  process.stdin.once('close', () => hub.starterLeft()).resume()
}

// The starter waits for the line; it may be dead already.
function announce(line: string): void {
  process.stdout.on('error', () => undefined)
  process.stdout.write(`${line}\n`)
}

async function lastPort(path: string): Promise<number | undefined> {
  try {
    return (JSON.parse((await readIfPresent(path)) ?? '{}') as Partial<KeeperFile>).postgresPort
  } catch {
    return undefined
  }
}

process.umask(0o077)
await keep(JSON.parse(process.argv[2] ?? '') as KeeperOptions)
