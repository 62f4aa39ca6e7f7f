// W5: adding a review to a car that has a million, beside a car that has a hundred, and computing the average anew.
import { call, connect } from '@fleetflow/db'
import { adminOptions } from '@fleetflow/db/admin'
import postgres from 'postgres'
import { metered, type Shot } from '../lib/fire.ts'
import { shotOf } from '../lib/inside.ts'
import type { Stage } from '../lib/stage.ts'
import { byTurns, type Contestant, ratioOf } from '../lib/turns.ts'
import { compare, faultsOfAll, type Workload } from '../lib/workload.ts'
import { completedTrips, fill, makeRental } from '../reviews.ts'

const few = 100

interface Reviewed extends Contestant {
  /** Milliseconds of computing the average and the number anew. */
  average(): Promise<number>
}

async function reviewed(stage: Stage, stack: AsyncDisposableStack, size: number): Promise<Reviewed> {
  const name = `reviews_${size}`
  const sql = postgres(await stage.freshDatabase(name), adminOptions('fleetflow-bench'))
  stack.defer(() => sql.end())
  const url = Object.assign(new URL(stage.embedded.apiUrl), { pathname: `/${name}` }).href
  const api = connect({ url, max: 1, applicationName: 'fleetflow-bench' })
  stack.defer(() => api.close())
  const rental = await makeRental(sql)
  await fill(sql, rental, size)
  // Else autovacuum would do it while we measure, in one of the two.
  await sql`vacuum (analyze)`
  await sql`checkpoint`
  let turn = 0
  const shoot = async (seconds: number): Promise<Shot> => {
    const times: number[] = []
    const until = performance.now() + seconds * 1000
    const { cpu } = await metered({ postmaster: stage.postmaster }, async () => {
      do {
        for (const trip_id of await completedTrips(sql, rental, turn++)) {
          const started = performance.now()
          await call(api, 'create_review_rpc', { trip_id, rating: 4, actor: { userId: rental.renterId } })
          times.push(performance.now() - started)
        }
      } while (performance.now() < until)
      return { calls: times.length }
    })
    return shotOf(times, cpu)
  }
  return {
    name: `a car with ${size.toLocaleString('en')} reviews`,
    shoot,
    async average() {
      const started = performance.now()
      await sql`select avg(rating), count(*) from reviews where car_id = ${rental.carId}`
      return performance.now() - started
    },
  }
}

export const reviews: Workload = {
  id: 'W5',
  title: 'add a review',
  bound: ({ rounds, seconds, warmup, quick }) => (rounds * seconds + warmup) * 2 * 1.3 + (quick ? 40 : 90),
  async run(stage, settings) {
    await using stack = new AsyncDisposableStack()
    const [large, small] = [await reviewed(stage, stack, settings.quick ? 10_000 : 1_000_000), await reviewed(stage, stack, few)]
    const standings = await byTurns([large, small], settings)
    const [many, hundred] = standings
    if (many === undefined || hundred === undefined) throw new Error('nobody reviewed')
    const anew = (await large.average()) / (await small.average())
    return {
      standings,
      comparisons: [
        compare(`time, ${many.name} / ${hundred.name}`, ratioOf(many, hundred, 'p50'), { sign: '<=', value: 1.1 }, hundred.name),
      ],
      notes: [`beside it, avg() anew takes ${anew.toFixed(1)} times as long`],
      faults: faultsOfAll(standings),
    }
  },
}
