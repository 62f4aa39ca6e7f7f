// W7: a month of the free windows of a fleet of a thousand cars.
import { inside } from '../lib/inside.ts'
import { scaleWorld } from '../lib/scaleWorld.ts'
import { byTurns } from '../lib/turns.ts'
import { compare, faultsOfAll, type Workload } from '../lib/workload.ts'

export const windows: Workload = {
  id: 'W7',
  title: "a month of a fleet's free windows, 1,000 cars",
  bound: ({ rounds, seconds, warmup }) => (rounds * seconds + warmup) * 1.3 + 30,
  async run(stage, settings) {
    await using stack = new AsyncDisposableStack()
    const world = await scaleWorld(stage, stack, 'windows', { cars: 1000, trips: settings.quick ? 20_000 : 100_000 })
    const ask = () => world.ask("a month of a fleet's windows")
    const standings = await byTurns([inside('1,000 cars', stage.postmaster, ask)], settings)
    const comparisons = standings.map(({ p50 }) => compare('p50', p50, { sign: '<', value: 100, unit: ' ms' }))
    return { standings, comparisons, notes: [], faults: faultsOfAll(standings) }
  },
}
