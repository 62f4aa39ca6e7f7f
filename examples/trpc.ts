// Way 2, tRPC's own client: for programs that already use tRPC. Only the router's type is imported.
import type { AppRouter } from '@fleetflow/server/router'
import { createTRPCClient, httpBatchLink, TRPCClientError } from '@trpc/client'
import { main, money, token, twoDays, url } from './settings.ts'

await main(async () => {
  const authorization = `Bearer ${await token()}`
  const api = createTRPCClient<AppRouter>({ links: [httpBatchLink({ url: `${url}/trpc`, maxItems: 10, headers: { authorization } })] })

  const { items: cars } = await api.cars.list.query({ fleet: 'demo', limit: 2 })
  const car = cars.at(-1)
  if (car === undefined) throw new Error('the demo fleet has no cars')

  /** The server's envelope: `{ code, message, retryable, details?, requestId ... }`. */
  const envelopeOf = (error: unknown) => (error instanceof TRPCClientError ? (error as TRPCClientError<AppRouter>).data : undefined)

  async function bookFreeSlot(carId: string) {
    try {
      return await api.trips.create.mutate({ carId, ...twoDays() })
    } catch (error) {
      const nextFree = envelopeOf(error)?.details?.nextFree
      if (typeof nextFree !== 'string') throw error
      return api.trips.create.mutate({ carId, ...twoDays(nextFree) })
    }
  }

  const trip = await bookFreeSlot(car.id)
  console.log(`Booked ${car.name} from ${trip.startDate} to ${trip.endDate} for ${money(trip.totalCost, trip.currency)}`)

  try {
    await api.trips.create.mutate({ carId: car.id, startDate: trip.startDate, endDate: trip.endDate })
    throw new Error('the same period was booked twice')
  } catch (error) {
    const envelope = envelopeOf(error)
    if (envelope?.code !== 'TRIP_OVERLAP') throw error
    console.log(`Refused the same period: ${envelope.code}, free again from ${envelope.details?.nextFree}`)
  }

  const cancelled = await api.trips.cancel.mutate({ id: trip.id, version: trip.version })
  console.log(`Gave it back: ${cancelled.status}`)
})
