// Runs the command line as its users do: a process of its own, with nothing in its environment but what a test gives it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, vi } from 'vitest'

const repository = join(import.meta.dirname, '..', '..')
const program = join(repository, 'server/src/cli/fleetflow.ts')

// Tells the most memory the process ever took, on a line of its own.
const tellMemory = `data:text/javascript,process.on('exit',()=>process.stderr.write('maxRSS '+process.resourceUsage().maxRSS+'\\n'))`

export interface Finished {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
  /** The last line of standard output, read as JSON. */
  json: () => Record<string, unknown>
}

export interface Running {
  child: ChildProcess
  /** Resolves when standard output or standard error holds it. */
  says: (text: string | RegExp) => Promise<string>
  finished: Promise<Finished>
}

type Settings = Record<string, string>

/** Neither a `.env` of the developer nor a setting of the test run reaches the command: an empty setting counts as absent and stays so. */
const environment = (settings: Settings): Settings => ({
  PATH: process.env.PATH ?? '',
  HOME: process.env.HOME ?? '',
  DATABASE_URL: '',
  DATABASE_ADMIN_URL: '',
  NODE_ENV: '',
  JWT_ISSUER: '',
  LOG_LEVEL: 'silent',
  PORT: '0',
  ...settings,
})

/** `detached` makes it the leader of a process group, as a shell does. */
export function start(
  command: string,
  args: string[],
  settings: Settings = {},
  options: { cwd?: string; detached?: boolean } = {},
): Running {
  const child = spawn(command, args, { cwd: repository, ...options, env: environment(settings), stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const finished = once(child, 'close').then(([code, signal]) => ({
    code,
    signal,
    stdout,
    stderr,
    json: () => JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>,
  }))
  const says = async (text: string | RegExp) => {
    await vi.waitFor(() => expect(stdout + stderr).toMatch(text), { timeout: 30_000, interval: 10 })
    return stdout + stderr
  }
  return { child, says, finished }
}

export const startFleetflow = (args: string[], settings: Settings = {}): Running =>
  start(process.execPath, ['--disable-warning=ExperimentalWarning', '--import', tellMemory, program, ...args], settings)

export const fleetflow = (args: string[], settings: Settings = {}): Promise<Finished> => startFleetflow(args, settings).finished

/** The most memory a finished command took, in MB. */
export const megabytesOf = ({ stderr }: Finished): number => Number(/maxRSS (\d+)/.exec(stderr)?.[1] ?? Number.NaN) / 1024

/** Standard error without the line about memory and without what a slow machine shows as progress. */
export const complaintOf = ({ stderr }: Finished): string => stderr.replace(/^(maxRSS \d+|.* \.\.\.)\n/gm, '').trim()
