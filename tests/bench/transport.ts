// `pnpm bench:transport [--quick] [--json]`: one small router behind tRPC's own Fastify adapter, behind `@fleetflow/trpc-fastify` and written out by hand, by turns.
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { faultsOf, type Load, metered, startLoad } from './lib/fire.ts'
import { type Program, startProgram } from './lib/programs.ts'
import { jsonOf, tableOf } from './lib/report.ts'
import type { RequestName } from './lib/requests.ts'
import { byTurns, type Contestant, ratioOf, type Settings } from './lib/turns.ts'
import { compare, faultsOfAll, type Result } from './lib/workload.ts'

const ways = { ours: 'trpc-fastify', adapter: "tRPC's own adapter", plain: 'routes by hand' }
const cases: readonly { id: string; title: string; request: RequestName }[] = [
  { id: 'query', title: 'a query over GET', request: 'helloQuery' },
  { id: 'mutation', title: 'a mutation over POST', request: 'helloMutation' },
  { id: 'batch', title: 'a batch of ten queries over GET', request: 'helloBatch' },
]

function contestant(name: string, program: Program, request: RequestName, load: Load, connections: number): Contestant {
  const nobody = { token: '', actor: { issuer: '', subject: '', email: '' } }
  const common = { url: program.url, request, callers: [nobody], connections, from: 0, slots: { cars: 1, firstCar: 1, base: 0 } }
  return {
    name,
    async shoot(seconds) {
      const shot = await metered({ server: program.pid, postmaster: Number.NaN }, async () => {
        const report = await load.fire({ ...common, seconds })
        return { ...report, calls: report.ok }
      })
      return { rate: shot.rate, p50: shot.p50, p99: shot.p99, calls: shot.ok, cpu: shot.cpu, faults: faultsOf(shot) }
    },
  }
}

async function measure(settings: Settings, onResult: (result: Result) => void): Promise<Result[]> {
  await using stack = new AsyncDisposableStack()
  const load = startLoad()
  stack.defer(() => load.stop())
  const programs: [name: string, program: Program][] = []
  for (const [way, name] of Object.entries(ways)) {
    const program = await startProgram(join(import.meta.dirname, 'rivals/transport.ts'), [way], { NODE_ENV: 'production' })
    stack.defer(() => program.stop())
    programs.push([name, program])
  }
  const results: Result[] = []
  for (const { id, title, request } of cases) {
    const contestants = programs.map(([name, program]) => contestant(name, program, request, load, settings.connections))
    const standings = await byTurns(contestants, settings)
    const [ours, ...others] = standings
    const comparisons = others.flatMap((each) =>
      ours === undefined ? [] : [compare(`${ours.name} / ${each.name}`, ratioOf(ours, each), null, each.name)],
    )
    const result: Result = { id, title, standings, comparisons, notes: [], faults: faultsOfAll(standings) }
    results.push(result)
    onResult(result)
  }
  return results
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } } })
  const say = values.json ? console.error : console.log
  const pace = values.quick ? { rounds: 1, seconds: 1, warmup: 1 } : { rounds: 5, seconds: 2, warmup: 2 }
  const results = await measure({ ...pace, connections: 64, quick: values.quick, scale: false }, (result) => say(`${tableOf(result)}\n`))
  const machine = { cores: availableParallelism(), load: loadavg()[0] ?? Number.NaN, node: process.version }
  say(`load ${machine.load.toFixed(1)} on ${machine.cores} cores, node ${machine.node}`)
  if (values.json) console.log(JSON.stringify({ workloads: results.flatMap(jsonOf), machine, date: new Date().toISOString().slice(0, 10) }))
  return results.some(({ faults }) => faults.length > 0) ? 1 : 0
}

process.exitCode = await main()
