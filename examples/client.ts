// Way 1, the typed client: for TypeScript and JavaScript programs. Answers and refusals are typed.
import { createFleetflowClient, type RouterOutputs, reasonOf } from '@fleetflow/client'
import { main, money, token, twoDays, url } from './settings.ts'

type Trip = RouterOutputs['trips']['create']

await main(async () => {
  const client = createFleetflowClient({ url, token: await token() })

  const { items: cars } = await client.cars.list.query({ fleet: 'demo', limit: 1 })
  const [car] = cars
  if (car === undefined) throw new Error('the demo fleet has no cars')

  /** Books two days from tomorrow or, if they are taken, from the next time the car is free that long. */
  async function bookFreeSlot(carId: string): Promise<Trip> {
    try {
      return await client.trips.create.mutate({ carId, ...twoDays() })
    } catch (error) {
      const reason = reasonOf<'trips.create'>(error)
      if (reason.code !== 'TRIP_OVERLAP' || reason.details.nextFree === null) throw error
      return client.trips.create.mutate({ carId, ...twoDays(reason.details.nextFree) })
    }
  }

  const trip = await bookFreeSlot(car.id)
  console.log(`Booked ${car.name} from ${trip.startDate} to ${trip.endDate} for ${money(trip.totalCost, trip.currency)}`)

  try {
    await client.trips.create.mutate({ carId: car.id, startDate: trip.startDate, endDate: trip.endDate })
    throw new Error('the same period was booked twice')
  } catch (error) {
    const reason = reasonOf<'trips.create'>(error)
    if (reason.code !== 'TRIP_OVERLAP') throw error
    console.log(`Refused the same period: ${reason.code}, free again from ${reason.details.nextFree}`)
  }

  const cancelled = await client.trips.cancel.mutate({ id: trip.id, version: trip.version })
  console.log(`Gave it back: ${cancelled.status}`)
})
