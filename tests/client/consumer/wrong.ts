// Every line below a "wrong" is a mistake that the packed types must find.
import { createFleetflowClient, reasonOf } from '@fleetflow/client'

const client = createFleetflowClient({ url: 'http://127.0.0.1:3000' })
// wrong: the end is missing
client.trips.create.mutate({ carId: 'a', startDate: 'b' })
// wrong: an amount is a number
client.trips.create.mutate({ carId: 'a', startDate: 'b', endDate: 'c', maxTotal: '12' })
// wrong: no such procedure
client.trips.remove.mutate({ id: 'a' })
// wrong: a query is no mutation
client.cars.list.mutate({})
// wrong: not a code of this procedure
if (reasonOf<'me.get'>(null).code === 'TRIP_OVERLAP') client.me.get.query()
// wrong: an answer has no such member
client.me.get.query().then((me) => me.password)
// wrong: the url is required
createFleetflowClient({})
