// Homes, holder processes and process numbers for the tests of the embedded server.
import { spawn } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { acquireEmbedded, type Embedded, type EmbeddedOptions } from '@fleetflow/db/embedded'
import { afterAll, onTestFinished, vi } from 'vitest'

// Every test starts several processes, and machines are busy.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

export const isRoot = process.getuid?.() === 0
export const nobody = 65_534

/** A directory for one test, removed after it; everybody may enter it, as servers of other users must. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'fleetflow-embedded-'))
  chmodSync(directory, 0o755)
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true })
    if (existsSync(directory)) throw new Error(`something still wrote to ${directory}: ${readdirSync(directory, { recursive: true })}`)
  })
  return directory
}

/** A home that does not exist yet. After the test, when its holders are gone, its server must be gone too. */
export function newHome(): string {
  const home = join(temporaryDirectory(), 'home')
  onTestFinished(() => until('nothing of the test runs', () => !isRunning(keeperPid(home)) && !isRunning(postmasterPid(home))))
  return home
}

let template: Promise<string> | undefined

/** A home with a cluster that ran before; quicker than a new one. */
export async function usedHome(): Promise<string> {
  template ??= makeTemplate()
  const home = newHome()
  cpSync(await template, home, { recursive: true, verbatimSymlinks: true })
  return home
}

async function makeTemplate(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'fleetflow-embedded-'))
  const home = join(directory, 'home')
  await (await acquireEmbedded({ home, unsafeNoSync: true })).release()
  return home
}

afterAll(async () => {
  if (template !== undefined) rmSync(dirname(await template), { recursive: true, force: true })
})

type Description = Omit<Embedded, 'release' | 'urlFor'>

export interface Holder {
  pid: number
  embedded: Description
  query(text: string): Promise<unknown>
  release(): Promise<void>
  kill(signal: NodeJS.Signals): Promise<void>
}

interface HolderOptions {
  options?: Partial<EmbeddedOptions>
  user?: { uid: number; gid: number }
  env?: Record<string, string>
  detached?: boolean
  onSpawn?: (pid: number | undefined) => void
}

/** Starts a process that acquires `home`. */
export async function startHolder(home: string, { options, user, env, detached = false, onSpawn }: HolderOptions = {}): Promise<Holder> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'holder.ts'), JSON.stringify({ home, unsafeNoSync: true, ...options })],
    {
      detached,
      env: env ?? process.env,
      stdio: ['pipe', 'pipe', 'inherit'],
      ...user,
    },
  )
  onSpawn?.(child.pid)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const answer = async (): Promise<unknown> => JSON.parse((await lines.next()).value ?? '{"failed":"the holder ended"}')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const first = (await answer()) as Description | { failed: string }
  if ('failed' in first) throw new Error(first.failed)
  const ask = (line: string): Promise<unknown> => {
    child.stdin.write(`${line}\n`)
    return answer()
  }
  return {
    pid: child.pid ?? 0,
    embedded: first,
    query: (text) => ask(`query ${text}`),
    release: async () => {
      await ask('release')
      await exited
    },
    kill: async (signal) => {
      child.kill(signal)
      await exited
    },
  }
}

export const keeperPid = (home: string): number | undefined =>
  numberIn(join(home, 'keeper.json'), (text) => (JSON.parse(text) as { pid: number }).pid)
export const postmasterPid = (home: string): number | undefined => numberIn(join(home, 'postgres', 'postmaster.pid'), Number.parseInt)
/** Undefined while the server starts. */
export const readyPostmasterPid = (home: string): number | undefined =>
  numberIn(join(home, 'postgres', 'postmaster.pid'), (text) => {
    const lines = text.split('\n')
    if (lines[7]?.trim() !== 'ready') throw new Error('not ready')
    return Number(lines[0])
  })

function numberIn(path: string, parse: (text: string) => number): number | undefined {
  try {
    return parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

/** The processes whose parent is `pid`: of the keeper that is the guard. */
export function childrenOf(pid: number | undefined): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return text === '' ? [] : text.split(' ').map(Number)
}

export function isRunning(pid: number | undefined): boolean {
  if (pid === undefined) return false
  try {
    process.kill(pid, 0)
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}

export function killNow(pid: number | undefined): void {
  if (pid === undefined) throw new Error('nothing to kill')
  process.kill(pid, 'SIGKILL')
}

export async function until(what: string, condition: () => boolean | Promise<boolean>, timeoutMs = 10_000, everyMs = 20): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`timed out: ${what}`)
    await pause(everyMs)
  }
}
