// `pnpm bench:start [--quick] [--json]`: from the command to the first answers of a server on a database that is there already, and its memory when idle.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { migrate, seed } from '@fleetflow/db/admin'
import { acquireEmbedded } from '@fleetflow/db/embedded'
import { developmentIssuer, signDevelopmentToken } from '@fleetflow/server'
import { type Spread, spread } from './lib/turns.ts'

export interface StartOptions {
  rounds: number
  /** How long it idles before its memory is read. */
  idleMs: number
  /** Told of each round. */
  onRound?: (round: StartRound) => void
}

export interface StartRound {
  /** From the command to the first 200 of /health/live. */
  liveMs: number
  /** From the command to the first answer of a procedure that reads the database. */
  answerMs: number
  /** What the process computed until then; NaN where /proc does not tell. */
  cpuMs: number
  /** Resident memory after idling. */
  idleMb: number
}

export type StartResult = Record<keyof StartRound, Spread> & { rounds: number }

const program = join(import.meta.dirname, '../../server/src/cli/fleetflow.ts')
const unset = { DATABASE_ADMIN_URL: '', NODE_ENV: '', JWT_ISSUER: '', JWT_ISSUERS: '', REDIS_URL: '' }

/** Starts servers one after the other, without the bundled issuer, on a PostgreSQL with the demo fleet that runs all the while. The first start is not counted. */
export async function measureStart({ rounds, idleMs, onRound = () => {} }: StartOptions): Promise<StartResult> {
  const home = mkdtempSync(join(tmpdir(), 'fleetflow-bench-'))
  const embedded = await acquireEmbedded({ home })
  try {
    await migrate(embedded.adminUrl, { apiPassword: embedded.apiPassword })
    await seed(embedded.adminUrl, { issuer: developmentIssuer })
    const token = await signDevelopmentToken({ home, email: 'renter@demo.fleetflow.dev' })
    const environment = { DATABASE_URL: embedded.apiUrl, FLEETFLOW_HOME: home, LOG_LEVEL: 'silent', PORT: '0', ISSUER: 'off' }
    await startOnce(environment, token, 0)
    const measured: StartRound[] = []
    for (let round = 0; round < rounds; round += 1) {
      const one = await startOnce(environment, token, idleMs)
      measured.push(one)
      onRound(one)
    }
    const spreadOf = (of: keyof StartRound): Spread => spread(measured.map((round) => round[of]))
    return { rounds, liveMs: spreadOf('liveMs'), answerMs: spreadOf('answerMs'), cpuMs: spreadOf('cpuMs'), idleMb: spreadOf('idleMb') }
  } finally {
    await embedded.release()
    rmSync(home, { recursive: true, force: true })
  }
}

async function startOnce(environment: Record<string, string>, token: string, idleMs: number): Promise<StartRound> {
  const began = performance.now()
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, 'start', '--json'], {
    env: { ...process.env, ...unset, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const url = await urlOf(child)
    await answered(await fetch(`${url}/health/live`))
    const liveMs = performance.now() - began
    await answered(await fetch(`${url}/api/me`, { headers: { authorization: `Bearer ${token}` } }))
    const answerMs = performance.now() - began
    const cpuMs = computedMs(child)
    await delay(idleMs)
    return { liveMs, answerMs, cpuMs, idleMb: residentMb(child) }
  } finally {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
}

async function urlOf(child: ChildProcess): Promise<string> {
  let said = ''
  for await (const text of child.stdout?.setEncoding('utf8').iterator({ destroyOnReturn: false }) ?? []) {
    said += text
    const line = said.split('\n').find((each) => each.startsWith('{"url"'))
    if (line !== undefined && said.endsWith('\n')) return (JSON.parse(line) as { url: string }).url
  }
  throw new Error('the server did not start')
}

async function answered(answer: Response): Promise<void> {
  await answer.arrayBuffer()
  if (answer.status !== 200) throw new Error(`the server answered ${answer.status}`)
}

/** User and system time; Linux counts it in hundredths of a second. */
function computedMs({ pid }: ChildProcess): number {
  const file = `/proc/${pid}/stat`
  if (!existsSync(file)) return Number.NaN
  const [user = Number.NaN, system = Number.NaN] = readFileSync(file, 'utf8').split(') ')[1]?.split(' ').slice(11, 13).map(Number) ?? []
  return (user + system) * 10
}

function residentMb({ pid }: ChildProcess): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024
}

const columns = ['liveMs', 'answerMs', 'cpuMs', 'idleMb'] as const
const row = (name: string, value: (of: (typeof columns)[number]) => number) =>
  name.padEnd(8) + columns.map((of) => value(of).toFixed(0).padStart(10)).join('')

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } } })
  console.log(['round'.padEnd(8), ...columns.map((column) => column.padStart(10))].join(''))
  const rounds: StartRound[] = []
  const result = await measureStart({
    ...(values.quick ? { rounds: 3, idleMs: 1000 } : { rounds: 11, idleMs: 5000 }),
    onRound: (one) => console.log(row(String(rounds.push(one)), (of) => one[of])),
  })
  for (const which of ['median', 'least', 'most'] as const) console.log(row(which, (of) => result[of][which]))
  const load = loadavg()[0] ?? Number.NaN
  console.log(`load ${load.toFixed(1)} on ${availableParallelism()} cores, node ${process.version}`)
  if (values.json) console.log(JSON.stringify(result))
}

if (import.meta.main) await main()
