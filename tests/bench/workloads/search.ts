// W3: searching free cars near a place, beside the same cars with a tenth of the trips.
import { inside } from '../lib/inside.ts'
import { scaleWorld } from '../lib/scaleWorld.ts'
import { byTurns, ratioOf, type Settings } from '../lib/turns.ts'
import { compare, faultsOfAll, type Workload } from '../lib/workload.ts'

const sizeOf = ({ quick, scale }: Settings) =>
  scale ? { cars: 100_000, trips: 10_000_000 } : quick ? { cars: 1000, trips: 20_000 } : { cars: 10_000, trips: 1_000_000 }

const words = (value: number) => value.toLocaleString('en')

export const search: Workload = {
  id: 'W3',
  title: 'search free cars near a place',
  bound: ({ rounds, seconds, warmup, scale, quick }) => (rounds * seconds + warmup) * 2 * 1.3 + (scale ? 1500 : quick ? 60 : 120),
  async run(stage, settings) {
    await using stack = new AsyncDisposableStack()
    const { cars, trips } = sizeOf(settings)
    const search = async (name: string, many: number) => {
      const world = await scaleWorld(stage, stack, name, { cars, trips: many })
      const found = (await world.ask('search within 20 km')) as { items: unknown[] }
      if (found.items.length === 0) throw new Error('the search finds no car')
      return inside(`${words(cars)} cars, ${words(many)} trips`, stage.postmaster, () => world.ask('search within 20 km'))
    }
    const standings = await byTurns([await search('search_all', trips), await search('search_tenth', trips / 10)], settings)
    const [all, tenth] = standings
    if (all === undefined || tenth === undefined) throw new Error('nobody searched')
    const comparisons = [
      compare('time, all trips / a tenth of them', ratioOf(all, tenth, 'p50'), { sign: '<=', value: 1.3 }, tenth.name),
      compare('p99 of all trips', all.p99, { sign: '<', value: 20, unit: ' ms' }),
    ]
    const notes = settings.scale ? [] : ['a tenth of what is promised, or less: --scale makes 100,000 cars and 10,000,000 trips']
    return { standings, comparisons, notes, faults: faultsOfAll(standings) }
  },
}
