// The script of a page that books with the packed client; `book` is called by the test.
import { createFleetflowClient, reasonOf } from '@fleetflow/client'

globalThis.book = async ({ url, token, startDate, endDate }) => {
  const client = createFleetflowClient({ url, token })
  try {
    const { items } = await client.cars.list.query({ fleet: 'demo', limit: 1 })
    const booking = { carId: items[0].id, startDate, endDate }
    const { status } = await client.trips.create.mutate(booking)
    const code = await client.trips.create.mutate(booking).then(String, (error) => reasonOf(error).code)
    return { status, code }
  } catch (error) {
    return { status: 'failed', code: reasonOf(error).code }
  }
}
