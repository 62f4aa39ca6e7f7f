// Books a car with the packed client and is refused the same period; prints what happened as JSON.
import { createFleetflowClient, reasonOf } from '@fleetflow/client'

const { FLEETFLOW_URL: url, FLEETFLOW_TOKEN: token, START: startDate, END: endDate } = process.env
const client = createFleetflowClient({ url, token })
const { items } = await client.cars.list.query({ fleet: 'demo', limit: 1 })
const trip = await client.trips.create.mutate({ carId: items[0].id, startDate, endDate })
const code = await client.trips.create.mutate({ carId: items[0].id, startDate, endDate }).then(
  () => 'booked twice',
  (error) => reasonOf(error).code,
)
console.log(JSON.stringify({ node: process.version, status: trip.status, code }))
