// People who book, move and cancel trips as fast as they can, each on trips of their own.
import { call, type Database, DatabaseError } from '@fleetflow/db'
import { as } from './fixtures.ts'
import { sequence } from './random.ts'

const hour = 3_600_000

/** `rounds` calls of each renter at once on the same cars; answers how often what was answered. Other failures than refusals are thrown. */
export async function writeHard(
  api: Database,
  renters: readonly string[],
  carIds: readonly string[],
  rounds: number,
): Promise<Record<string, number>> {
  const answers: Record<string, number> = {}
  const writer = async (renter: string, seed: number) => {
    const next = sequence(seed)
    const mine: string[] = []
    const period = () => {
      const start = Date.UTC(2031, 5, 1) + next(2000) * hour
      return { start_date: new Date(start).toISOString(), end_date: new Date(start + (1 + next(6)) * hour).toISOString() }
    }
    const write = async () => {
      const [dice, place] = [next(10), next(Math.max(1, mine.length))]
      const trip = mine[place]
      if (trip === undefined || dice < 4) {
        const carId = carIds[next(carIds.length)] ?? ''
        mine.push(((await call(api, 'create_trip_rpc', { car_id: carId, ...period(), actor: as(renter) })) as { id: string }).id)
      } else if (dice < 8) {
        await call(api, 'modify_trip_rpc', { trip_id: trip, ...period(), actor: as(renter) })
      } else {
        await call(api, 'cancel_trip_rpc', { trip_id: trip, actor: as(renter) })
        mine.splice(place, 1)
      }
      return 'done'
    }
    for (let round = 0; round < rounds; round += 1) {
      const word = await write().catch((error: unknown) => {
        if (error instanceof DatabaseError) return error.code
        throw error
      })
      answers[word] = (answers[word] ?? 0) + 1
    }
  }
  await Promise.all(renters.map((renter, i) => writer(renter, i + 1)))
  return answers
}
