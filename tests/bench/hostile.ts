// `pnpm bench:hostile [--quick] [--json]`: what everybody else waits while clients are slow on purpose: in one run, by turns without and with each kind of them.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import type { Socket } from 'node:net'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { signDevelopmentToken } from '@fleetflow/server'
import { drip, type HostileKind, hostileKinds, openHostile } from '../support/hostileClients.ts'
import { startFleetflow } from './lib/programs.ts'

const many: Record<HostileKind, number> = { 'slow headers': 500, 'slow body': 500, 'slow readers': 50, 'idle sockets': 1000 }
const callers = 4

interface Phase {
  p50: number
  p99: number
  calls: number
}

/** Connections of one kind, each replaced when the server cuts it off, in a thread that the callers do not share. */
async function attack({ kind, port }: { kind: HostileKind; port: number }): Promise<void> {
  const sockets: Socket[] = []
  const open = async (place: number): Promise<void> => {
    const socket = await openHostile(kind, port)
    if (kind !== 'slow readers') socket.resume()
    sockets[place] = socket.once('close', () => void open(place).catch(() => {}))
  }
  for (let place = 0; place < many[kind]; place += 1) await open(place)
  setInterval(() => {
    for (const socket of sockets) drip(kind, socket)
  }, 500)
  parentPort?.postMessage('open')
}

function ask(agent: Agent, url: string, token: string, method: 'GET' | 'PATCH'): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const sent = request(`${url}/api/me`, { method, headers, agent }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode))
    })
    sent.on('error', reject).end(method === 'PATCH' ? JSON.stringify({ name: 'Caller' }) : undefined)
  })
}

/** A few callers who read and write in turn, one call after the other, for so long. */
async function callFor(ms: number, url: string, tokens: readonly string[]): Promise<Phase> {
  const times: number[] = []
  const until = performance.now() + ms
  await Promise.all(
    tokens.map(async (token) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      for (let call = 0; performance.now() < until; call += 1) {
        const started = performance.now()
        const status = await ask(agent, url, token, call % 2 === 0 ? 'GET' : 'PATCH')
        if (status !== 200) throw new Error(`a caller was answered ${status}`)
        times.push(performance.now() - started)
      }
      agent.destroy()
    }),
  )
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.floor(times.length * share)] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99), calls: times.length }
}

async function during(kind: HostileKind, port: number, settle: () => Promise<unknown>, work: () => Promise<Phase>): Promise<Phase> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { kind, port } })
  await once(worker, 'message')
  try {
    // What they asked for at first is answered before it counts.
    await settle()
    return await work()
  } finally {
    await worker.terminate()
  }
}

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return ((sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN) + (sorted[Math.floor(sorted.length / 2)] ?? Number.NaN)) / 2
}

interface Result {
  kind: HostileKind
  clients: number
  without: Phase
  with: Phase
  ratio: { p50: number; p99: number }
}

function summarize(kind: HostileKind, calm: readonly Phase[], attacked: readonly Phase[]): Result {
  const middle = (phases: readonly Phase[]): Phase => ({
    p50: median(phases.map(({ p50 }) => p50)),
    p99: median(phases.map(({ p99 }) => p99)),
    calls: phases.reduce((sum, { calls }) => sum + calls, 0),
  })
  const [without, besides] = [middle(calm), middle(attacked)]
  return {
    kind,
    clients: many[kind],
    without,
    with: besides,
    ratio: { p50: besides.p50 / without.p50, p99: besides.p99 / without.p99 },
  }
}

const columns = ['clients', 'p50 ms', 'with', 'ratio', 'p99 ms', 'with', 'ratio', 'calls', 'with']

function row({ kind, clients, without, with: besides, ratio }: Result): string {
  const times = [without.p50, besides.p50, ratio.p50, without.p99, besides.p99, ratio.p99].map((value) => value.toFixed(2))
  return [kind.padEnd(14), ...[clients, ...times, without.calls, besides.calls].map((cell) => String(cell).padStart(9))].join('')
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } } })
  const [rounds, ms] = values.quick ? [2, 1500] : [3, 3500]
  const home = mkdtempSync(join(tmpdir(), 'fleetflow-bench-'))
  const { url, stop } = await startFleetflow(home)
  const results: Result[] = []
  try {
    const tokens = await Promise.all(
      Array.from({ length: callers }, (_, i) => signDevelopmentToken({ home, email: `caller${i}@example.com` })),
    )
    const calls = () => callFor(ms, url, tokens)
    await calls()
    console.log(['every'.padEnd(14), ...columns.map((column) => column.padStart(9))].join(''))
    for (const kind of hostileKinds) {
      const calm: Phase[] = []
      const attacked: Phase[] = []
      for (let round = 0; round < rounds; round += 1) {
        calm.push(await calls())
        attacked.push(await during(kind, Number(new URL(url).port), () => callFor(1, url, tokens), calls))
      }
      const result = summarize(kind, calm, attacked)
      results.push(result)
      console.log(row(result))
    }
  } finally {
    await stop()
    rmSync(home, { recursive: true, force: true })
  }
  const worst = Math.max(...results.map(({ ratio }) => ratio.p99))
  const load = loadavg()[0] ?? Number.NaN
  console.log(
    `p99 of ${callers} callers grows ${worst.toFixed(2)} times at most (load ${load.toFixed(1)} on ${availableParallelism()} cores)`,
  )
  if (values.json) console.log(JSON.stringify({ worst, load, results }))
}

await (isMainThread ? main() : attack(workerData as { kind: HostileKind; port: number }))
