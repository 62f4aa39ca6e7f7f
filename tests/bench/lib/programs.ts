// Programs of their own that a benchmark starts: each says where it listens in a line of JSON, and ends at SIGTERM.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export interface Program {
  url: string
  pid: number
  stop(): Promise<void>
}

const fleetflow = join(import.meta.dirname, '../../../server/src/cli/fleetflow.ts')
const unset = {
  DATABASE_URL: '',
  DATABASE_ADMIN_URL: '',
  NODE_ENV: '',
  JWT_ISSUER: '',
  JWT_ISSUERS: '',
  JWKS_URL: '',
  JWT_PUBLIC_KEY_FILE: '',
  REDIS_URL: '',
}

/** Starts a program under this Node, with these options of Node's, and waits until it has said its url. */
export async function startProgram(
  path: string,
  args: readonly string[],
  env: Record<string, string>,
  options: readonly string[] = [],
): Promise<Program> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...options, path, ...args], {
    env: { ...process.env, ...unset, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(-4000)
  })
  const killed = () => void child.kill('SIGKILL')
  process.once('exit', killed)
  const ended = once(child, 'exit').then(() => process.off('exit', killed))
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
  }
  let said = ''
  for await (const text of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    said += text
    const line = said.split('\n').find((each) => each.includes('"url"'))
    if (line !== undefined && said.endsWith('\n')) {
      child.stdout.resume()
      return { url: (JSON.parse(line) as { url: string }).url, pid: child.pid ?? 0, stop }
    }
  }
  throw new Error(`${path} did not start:\n${complaints}`)
}

/** The server as it is shipped, but for the rate limit: a process of its own, without DATABASE_URL on the embedded PostgreSQL of that home. */
export function startFleetflow(home: string, env: Record<string, string> = {}, options: readonly string[] = []): Promise<Program> {
  const settings = { FLEETFLOW_HOME: home, LOG_LEVEL: 'silent', PORT: '0', RATE_LIMIT_MAX: '999999999', ISSUER: 'off' }
  return startProgram(fleetflow, ['start', '--json'], { ...settings, ...env }, options)
}
