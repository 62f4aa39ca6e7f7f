// W1: creating a trip, over tRPC, beside PostgreSQL's own benchmark on the same function and three ways of writing it that are usual.
import { booker } from '../lib/booker.ts'
import { pgbench } from '../lib/pgbench.ts'
import { byTurns } from '../lib/turns.ts'
import { compareRates, faultsOfAll, type Workload } from '../lib/workload.ts'

export const create: Workload = {
  id: 'W1',
  title: 'create a trip, an idempotency key each, distinct cars and free slots, 64 connections',
  bound: ({ rounds, seconds, warmup }) => (rounds * seconds + warmup) * 8 * 1.5 + 30,
  async run(stage, settings) {
    const { connections } = settings
    const ours = booker(stage, { name: 'FleetFlow', program: stage.server, request: 'createTrpc', connections })
    const database = pgbench(stage)
    const standings = await byTurns([ours, database], settings)
    return { standings, comparisons: compareRates(standings, { [database.name]: 1 }), notes: [], faults: faultsOfAll(standings) }
  },
}
