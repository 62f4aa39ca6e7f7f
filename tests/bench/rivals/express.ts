// A rival: Express and node-postgres, five round trips for a booking (car, owner, availability, price, insert).
import type { AddressInfo } from 'node:net'
import express, { type NextFunction, type Request, type Response } from 'express'
import pg from 'pg'
import { announce, bookingInput, callerOf, databaseUrl, poolSize, priceOf } from './shared.ts'

const pool = new pg.Pool({ connectionString: databaseUrl, max: poolSize, options: '-c session_replication_role=replica' })
const { rows: users } = await pool.query<{ id: string; email: string }>('select id, email from users')
const people = new Map(users.map(({ id, email }) => [email, id]))

interface Car {
  id: string
  fleet_id: string
  car_class_id: string
}

interface Plan {
  id: string
  currency: string
  day_rate: string
  hour_rate: string
  minimum_charge: string
}

const app = express()
app.use(express.json())

app.post('/trips', async (request: Request, response: Response) => {
  const userId = people.get(await callerOf(request.headers.authorization).catch(() => ''))
  if (userId === undefined) return response.status(401).json({ error: 'Unauthorized' })
  const input = bookingInput.safeParse(request.body)
  if (!input.success) return response.status(400).json({ error: 'Bad request' })
  const { carId, startDate, endDate } = input.data

  const car = (await pool.query<Car>('select * from cars where id = $1', [carId])).rows[0]
  if (car === undefined) return response.status(404).json({ error: 'No such car' })
  const owner = (await pool.query("select user_id from fleet_members where fleet_id = $1 and role = 'owner'", [car.fleet_id])).rows[0]
  if (owner === undefined) return response.status(404).json({ error: 'No such fleet' })
  const taken = await pool.query(
    `select 1 from trips where car_id = $1 and status in ('held', 'requested', 'confirmed', 'active', 'completed')
        and blocked && tstzrange($2, $3, '[]') limit 1`,
    [carId, startDate, endDate],
  )
  if (taken.rows.length > 0) return response.status(409).json({ error: 'The car is taken' })
  const plan = (
    await pool.query<Plan>('select p.* from rate_plans as p join car_classes as c on c.rate_plan_id = p.id where c.id = $1', [
      car.car_class_id,
    ])
  ).rows[0]
  if (plan === undefined) return response.status(422).json({ error: 'The car has no price' })
  const total = priceOf(new Date(startDate), new Date(endDate), {
    dayRate: Number(plan.day_rate),
    hourRate: Number(plan.hour_rate),
    minimumCharge: Number(plan.minimum_charge),
  })
  const inserted = await pool.query(
    `insert into trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, blocked, currency, rate_plan_id, total_cost)
     values ($1, gen_random_uuid(), $2, $3, 'rental', 'confirmed', $4, $5, tstzrange($4, $5, '[]'), $6, $7, $8) returning *`,
    [carId, car.fleet_id, userId, startDate, endDate, plan.currency, plan.id, total],
  )
  return response.json(inserted.rows[0])
})

app.use((error: Error & { code?: string }, _request: Request, response: Response, _next: NextFunction) => {
  response.status(error.code === '23P01' ? 409 : 500).json({ error: error.message })
})

const server = app.listen(0, '127.0.0.1', () => announce(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
