// Way 4, a script beside the database: the same procedures and rules as functions, without HTTP and without a server.
import { createScriptCaller, toEnvelope } from '@fleetflow/server'
import { database, main, money, twoDays } from './settings.ts'

await main(async () => {
  await using opened = await database()
  await using caller = createScriptCaller({ databaseUrl: opened.databaseUrl, actor: opened.actor })
  const { api } = caller

  const { items: cars } = await api.cars.list({ fleet: 'demo', limit: 4 })
  const car = cars.at(-1)
  if (car === undefined) throw new Error('the demo fleet has no cars')

  /** What an HTTP caller would have been told. */
  const envelopeOf = (error: unknown) => toEnvelope(error, 'script')

  async function bookFreeSlot(carId: string) {
    try {
      return await api.trips.create({ carId, ...twoDays() })
    } catch (error) {
      const nextFree = envelopeOf(error).details?.nextFree
      if (typeof nextFree !== 'string') throw error
      return api.trips.create({ carId, ...twoDays(nextFree) })
    }
  }

  const trip = await bookFreeSlot(car.id)
  console.log(`Booked ${car.name} from ${trip.startDate} to ${trip.endDate} for ${money(trip.totalCost, trip.currency)}`)

  try {
    await api.trips.create({ carId: car.id, startDate: trip.startDate, endDate: trip.endDate })
  } catch (error) {
    const { code, details } = envelopeOf(error)
    if (code !== 'TRIP_OVERLAP') throw error
    console.log(`Refused the same period: ${code}, free again from ${details?.nextFree}`)
    const cancelled = await api.trips.cancel({ id: trip.id, version: trip.version })
    console.log(`Gave it back: ${cancelled.status}`)
    return
  }
  throw new Error('the same period was booked twice')
})
