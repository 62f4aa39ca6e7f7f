// What adding a review costs while a car's reviews grow from a hundred to a million, beside computing the average anew. `pnpm bench:reviews`.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { call, connect, type Database } from '@fleetflow/db'
import { adminOptions, migrate } from '@fleetflow/db/admin'
import { acquireEmbedded } from '@fleetflow/db/embedded'
import postgres from 'postgres'

const sizes = [100, 1_000, 10_000, 100_000, 1_000_000]
const measured = 50

export interface Rental {
  fleetId: string
  carId: string
  renterId: string
}

export async function makeRental(sql: postgres.Sql): Promise<Rental> {
  const [row] = await sql<Rental[]>`
    with u as (insert into users (id, name) values (private.uuid_v7(), 'Renter') returning id),
         f as (insert into fleets (id, slug, name, currency, time_zone, system_user_id)
               select private.uuid_v7(), 'bench', 'Bench', 'EUR', 'UTC', id from u returning id),
         c as (insert into car_classes (id, fleet_id, slug, name) select private.uuid_v7(), id, 'van', 'Van' from f returning id, fleet_id),
         k as (insert into cars (id, fleet_id, car_class_id, name, time_zone)
               select private.uuid_v7(), fleet_id, id, 'Car', 'UTC' from c returning id, fleet_id)
    select k.fleet_id as "fleetId", k.id as "carId", u.id as "renterId" from k, u`
  if (row === undefined) throw new Error('nothing was stored')
  return row
}

/** Brings the car to `size` reviews without its triggers, then sets its aggregates once. Cancelled trips are made fastest. */
export async function fill(sql: postgres.Sql, { carId, fleetId, renterId }: Rental, size: number): Promise<void> {
  const [present] = await sql<{ n: number }[]>`select count(*)::integer as n from reviews where car_id = ${carId}`
  await sql`set session_replication_role = replica`
  await sql`
    with made as (
      insert into trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, blocked, currency)
      select ${carId}, private.uuid_v7(), ${fleetId}, ${renterId}, 'rental', 'cancelled', s, s + interval '1 minute',
             tstzrange(s, s + interval '1 minute', '[]'), 'EUR'
        from (select '1950-01-01Z'::timestamptz + n * interval '2 minutes' as s
                from generate_series(1, ${size - (present?.n ?? 0)}::integer) as n) as starts
      returning id)
    insert into reviews (car_id, id, trip_id, author_id, rating)
    select ${carId}, private.uuid_v7(), id, ${renterId}, 1 + (random() * 4)::integer from made`
  await sql`set session_replication_role = origin`
  await sql`
    update cars set (rating_sum, total_reviews, rating_histogram) = (
      select sum(r.rating), count(*), array(select count(*) from reviews as s where s.car_id = ${carId} group by s.rating order by s.rating)
        from reviews as r where r.car_id = ${carId})
     where id = ${carId}`
  await sql.unsafe('vacuum analyze')
}

/** Completed rentals that wait for their review. */
export async function completedTrips(sql: postgres.Sql, { carId, fleetId, renterId }: Rental, round: number): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    insert into trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, blocked, currency)
    select ${carId}, private.uuid_v7(), ${fleetId}, ${renterId}, 'rental', 'completed', s, s + interval '1 minute',
           tstzrange(s, s + interval '1 minute', '[]'), 'EUR'
      from (select '2000-01-01Z'::timestamptz + (${round * measured}::integer + n) * interval '2 minutes' as s
              from generate_series(1, ${measured}::integer) as n) as starts
    returning id`
  return rows.map((row) => row.id)
}

/** The median of the milliseconds that each piece of work takes, one after the other. */
async function median<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (const item of items) {
    const start = performance.now()
    await work(item)
    times.push(performance.now() - start)
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN
}

async function measure(sql: postgres.Sql, api: Database): Promise<void> {
  const rental = await makeRental(sql)
  const review = (trip_id: string) => call(api, 'create_review_rpc', { trip_id, rating: 4, actor: { userId: rental.renterId } })
  const average = () => sql`select avg(rating), count(*) from reviews where car_id = ${rental.carId}`
  for (const trip of (await completedTrips(sql, rental, 0)).slice(0, 20)) await review(trip)
  let first: { added: number; averaged: number } | undefined
  console.log('reviews of the car   add one, ms   ratio   avg() anew, ms    ratio')
  for (const [round, size] of sizes.entries()) {
    await fill(sql, rental, size)
    const added = await median(await completedTrips(sql, rental, round + 1), review)
    const averaged = await median(Array.from({ length: 11 }), average)
    first ??= { added, averaged }
    const columns = [
      size.toLocaleString('en').padStart(18),
      added.toFixed(2).padStart(12),
      (added / first.added).toFixed(2).padStart(7),
      averaged.toFixed(2).padStart(16),
      (averaged / first.averaged).toFixed(1).padStart(8),
    ]
    console.log(columns.join(' '))
  }
}

async function main(): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'fleetflow-bench-'))
  // Without fsync: the work is measured and not the disk.
  const embedded = await acquireEmbedded({ home, unsafeNoSync: true })
  await migrate(embedded.adminUrl, { apiPassword: embedded.apiPassword })
  const sql = postgres(embedded.adminUrl, adminOptions('fleetflow-bench'))
  const api = connect({ url: embedded.apiUrl, max: 1, applicationName: 'fleetflow-bench' })
  try {
    await measure(sql, api)
  } finally {
    await api.close()
    await sql.end()
    await embedded.release()
    await rm(home, { recursive: true, force: true })
  }
}

if (import.meta.main) await main()
