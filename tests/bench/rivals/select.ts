// A rival: a Fastify route with one hand-written SELECT, which trusts whoever asks: no token, no row level security.
import Fastify from 'fastify'
import postgres from 'postgres'
import { announce, databaseUrl, poolSize } from './shared.ts'

const sql = postgres(databaseUrl, { max: poolSize, onnotice: () => {} })
const app = Fastify()

app.get<{ Querystring: { email: string } }>('/trips', async ({ query }) => {
  const items = await sql`
    select t.id, t.car_id as "carId", t.fleet_id as "fleetId", t.booked_by_id as "bookedById", t.trip_start_date as "startDate",
           t.trip_end_date as "endDate", lower(t.blocked) as "blockedFrom", upper(t.blocked) as "blockedUntil", t.started_at as "startedAt",
           t.returned_at as "returnedAt", t.hold_expires_at as "holdExpiresAt", t.respond_by as "respondBy", t.status, t.at_risk as "atRisk", t.pinned,
           t.driver_id as "driverId", t.series_id as "seriesId", t.extras, t.odometer_start as "odometerStart", t.odometer_end as "odometerEnd",
           t.fuel_start as "fuelStart", t.fuel_end as "fuelEnd", t.note, t.purpose, t.total_cost as "totalCost", t.currency, t.version,
           t.cancel_reason as "cancelReason", t.created_at as "createdAt", t.updated_at as "updatedAt"
      from trips as t join users as u on u.id = t.booked_by_id
     where u.email = ${query.email}
     order by t.trip_start_date desc, t.id desc limit 20`
  return { items }
})

announce(await app.listen({ host: '127.0.0.1', port: 0 }))
