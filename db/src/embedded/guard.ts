// The shell between keeper and server: it stops PostgreSQL when the keeper closes its pipe, and so also when the keeper is killed.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Duplex, type Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'

// Descriptor 3 is open only in PostgreSQL and its children: when the keeper sees it close, none of them is left.
// TERM ends a server that has no handlers yet; INT turns its polite shutdown into the fast one.
// `read` is built in, so the shell does not reap meanwhile and `child` cannot be somebody else's number.
const script = `
"$@" </dev/null >&2 &
child=$!
trap '' HUP INT TERM
exec 3>&-
echo "$child"
exec >&-
while read -r line; do :; done
kill -TERM "$child" 2>/dev/null
kill -INT "$child" 2>/dev/null
wait "$child"
`

export interface Guarded {
  pid: number
  /** Resolves when neither the server, nor a backend of it, nor the guard is left. */
  gone: Promise<void>
  /** Asks for a fast shutdown; `gone` tells when it is done. */
  stop(): void
}

interface GuardOptions {
  command: string[]
  logDescriptor: number
  env: Record<string, string>
  uid?: number
  gid?: number
}

export async function spawnGuarded(options: GuardOptions): Promise<Guarded> {
  const { command, logDescriptor, env, ...identity } = options
  const guard = spawn('/bin/sh', ['-c', script, 'fleetflow-guard', ...command], {
    cwd: '/',
    env,
    stdio: ['pipe', 'pipe', logDescriptor, 'pipe'],
    ...identity,
  })
  const exited = once(guard, 'exit').then(() => undefined)
  const emptied = closed(guard.stdio[3])
  guard.stdin?.on('error', () => undefined)
  const pid = await readPid(guard)
  void exited.then(() => signalOrphan(pid, emptied))
  void emptied.then(() => guard.stdin?.end())
  return { pid, gone: Promise.all([exited, emptied]).then(() => undefined), stop: () => guard.stdin?.end() }
}

async function readPid(guard: ChildProcess): Promise<number> {
  let text = ''
  if (guard.stdout !== null) for await (const chunk of guard.stdout as Readable) text += String(chunk)
  const pid = Number.parseInt(text, 10)
  if (!Number.isInteger(pid)) throw new Error('the guard of the embedded server did not start')
  return pid
}

async function closed(stream: unknown): Promise<void> {
  if (!(stream instanceof Duplex)) return
  stream.on('error', () => undefined)
  stream.resume()
  await once(stream, 'close')
}

// Somebody killed the guard. Descriptor 3 stays open, so the server still runs and its number is still its own.
async function signalOrphan(pid: number, emptied: Promise<void>): Promise<void> {
  const isLeft = await Promise.race([emptied.then(() => false), pause(200, true)])
  if (!isLeft) return
  try {
    process.kill(pid, 'SIGINT')
  } catch {
    // It ended in this very moment.
  }
}
