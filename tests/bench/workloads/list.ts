// W2: a page of twenty trips under row level security, beside one hand-written SELECT without it, and beside a Drizzle transaction.
import { faultsOf, metered } from '../lib/fire.ts'
import type { Program } from '../lib/programs.ts'
import type { RequestName } from '../lib/requests.ts'
import { proveLists, type RivalName, startRival } from '../lib/rivals.ts'
import type { Stage } from '../lib/stage.ts'
import { byTurns, type Contestant } from '../lib/turns.ts'
import { compareRates, faultsOfAll, type Workload } from '../lib/workload.ts'

export function reader(stage: Stage, name: string, program: Program, request: RequestName, connections: number): Contestant {
  const { callers, load, postmaster, slots } = stage
  return {
    name,
    async shoot(seconds) {
      const shot = await metered({ server: program.pid, postmaster }, async () => {
        const report = await load.fire({ url: program.url, request, callers, connections, seconds, from: 0, slots })
        return { ...report, calls: report.ok }
      })
      return { rate: shot.rate, p50: shot.p50, p99: shot.p99, calls: shot.ok, cpu: shot.cpu, faults: faultsOf(shot) }
    },
  }
}

export const list: Workload = {
  id: 'W2',
  title: 'a page of 20 trips under row level security, 64 connections',
  bound: ({ rounds, seconds, warmup }) => (rounds * seconds + warmup) * 3 * 1.3 + 25,
  async run(stage, settings) {
    await using stack = new AsyncDisposableStack()
    const contestant = async (name: string, request: RequestName, rival?: RivalName) => {
      const program = rival === undefined ? stage.server : await startRival(stage, rival)
      if (rival !== undefined) stack.defer(() => program.stop())
      await proveLists(stage, program, request)
      return reader(stage, name, program, request, settings.connections)
    }
    const contestants = [
      await contestant('FleetFlow', 'listTrpc'),
      await contestant('Fastify + one SELECT, no RLS', 'listPlain', 'select'),
      await contestant('tRPC adapter + Drizzle transaction', 'listTrpc', 'drizzle'),
    ]
    const standings = await byTurns(contestants, settings)
    const goals = { 'Fastify + one SELECT, no RLS': 0.5, 'tRPC adapter + Drizzle transaction': 3 }
    return { standings, comparisons: compareRates(standings, goals), notes: [], faults: faultsOfAll(standings) }
  },
}
