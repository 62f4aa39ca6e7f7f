// W4: everybody books the same car, in other periods, beside everybody on cars of their own.
import { booker } from '../lib/booker.ts'
import type { Stage } from '../lib/stage.ts'
import { byTurns, spread } from '../lib/turns.ts'
import { compare, faultsOfAll, type Workload } from '../lib/workload.ts'

async function deadlocks({ sql }: Stage): Promise<number> {
  await sql`select pg_stat_clear_snapshot()`
  const [row] = await sql<{ n: number }[]>`select deadlocks::integer as n from pg_stat_database where datname = current_database()`
  return row?.n ?? Number.NaN
}

export const hot: Workload = {
  id: 'W4',
  title: '64 connections on one hot car, free slots',
  bound: ({ rounds, seconds, warmup }) => (rounds * seconds + warmup) * 2 * 1.3 + 30,
  async run(stage, settings) {
    const { connections } = settings
    let next = 0
    const take = (count: number) => {
      next += count
      return next - count
    }
    const slots = { ...stage.slots, cars: 1, firstCar: stage.hotCar }
    const common = { program: stage.server, request: 'createTrpc', connections } as const
    const before = await deadlocks(stage)
    const standings = await byTurns(
      [booker(stage, { ...common, name: 'one hot car', slots, take }), booker(stage, { ...common, name: 'cars of their own' })],
      settings,
    )
    const locked = (await deadlocks(stage)) - before
    const [one, own] = standings
    const ratio = spread((one?.shots ?? []).map(({ p99 }, round) => p99 / (own?.shots[round]?.p50 ?? Number.NaN)))
    return {
      standings,
      comparisons: [
        compare('p99 on one car / p50 on cars of their own', ratio, { sign: '<=', value: 10 }, 'cars of their own'),
        compare('deadlocks (pg_stat_database)', spread([locked]), { sign: '<=', value: 0 }),
      ],
      notes: [],
      faults: faultsOfAll(standings),
    }
  },
}
