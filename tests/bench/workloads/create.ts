// W1: creating a trip, over tRPC, beside PostgreSQL's own benchmark on the same function and three ways of writing it that are usual.
import { booker } from '../lib/booker.ts'
import { isInstalled, pgbench } from '../lib/pgbench.ts'
import type { RequestName } from '../lib/requests.ts'
import { proveBooks, type RivalName, startRival } from '../lib/rivals.ts'
import { byTurns } from '../lib/turns.ts'
import { compareRates, faultsOfAll, type Workload } from '../lib/workload.ts'

export const create: Workload = {
  id: 'W1',
  title: 'create a trip, an idempotency key each, distinct cars and free slots, 64 connections',
  bound: ({ rounds, seconds, warmup }) => (rounds * (8 * seconds + 12) + 4 * warmup + 16) * 1.3 + 30,
  async run(stage, settings) {
    const { connections } = settings
    await using stack = new AsyncDisposableStack()
    const contestant = async (name: string, request: RequestName, rival?: RivalName) => {
      const program = rival === undefined ? stage.server : await startRival(stage, rival)
      if (rival !== undefined) stack.defer(() => program.stop())
      await proveBooks(stage, program, request)
      return booker(stage, { name, program, request, connections })
    }
    const database = pgbench(stage)
    const contestants = [
      await contestant('FleetFlow', 'createTrpc'),
      database,
      await contestant('tRPC adapter + Drizzle transaction', 'createTrpc', 'drizzle'),
      await contestant('Express + node-postgres', 'createPlain', 'express'),
      await contestant('PostGraphile', 'createGraphql', 'postgraphile'),
    ]
    const standings = await byTurns(contestants, settings)
    const goals = { [database.name]: 1, 'tRPC adapter + Drizzle transaction': 3, 'Express + node-postgres': 4, PostGraphile: 3 }
    return {
      standings,
      comparisons: compareRates(standings, goals),
      notes: isInstalled ? ['p50 of pgbench is the mean, which is all that it says'] : ['pgbench is not installed'],
      faults: faultsOfAll(standings),
    }
  },
}
