// Fleets of thousands of cars in cities all over the world, with a hundred trips each: what statements meet in earnest. Set-based, and any size.
import type postgres from 'postgres'

export interface ScaleOptions {
  cars: number
  /** Of all cars together. */
  trips: number
  /** Past trips of one more car. */
  hotTrips: number
  /** Cars of one fleet. */
  fleetCars?: number
  /** Without triggers and foreign keys, the constraint and the indexes built at the end: for a superuser and very many rows. */
  bulk?: boolean
  onProgress?: (what: string, done: number, all: number) => void
}

export interface Scale {
  /** The first fleet, whose cars stand about this place (microdegrees). */
  fleet: { id: string; slug: string; managerId: string }
  place: { lat: number; lng: number }
  renterId: string
  carId: string
  hotCarId: string
}

const cities = 20
const carId = (n: string) => `(lpad(to_hex(1700000000000 + ${n}), 12, '0') || '7000' || '8' || right(md5(${n}::text), 15))::uuid`

/** `sql` is one connection that may become fleetflow_sys and fleetflow_owner. */
export async function makeScale(sql: postgres.Sql, options: ScaleOptions): Promise<Scale> {
  const fleetCars = options.fleetCars ?? 1000
  const perCar = Math.floor(options.trips / options.cars)
  const progress = options.onProgress ?? (() => {})
  const rebuild = options.bulk ? await takeApart(sql) : undefined
  await sql`set role fleetflow_owner`
  if (!options.bulk) await sql.unsafe('alter table trips disable trigger user')
  await sql`set role fleetflow_sys`
  await makeFleets(sql, Math.ceil(options.cars / fleetCars), options.cars, fleetCars)
  const batch = Math.max(1, Math.floor(100_000 / perCar))
  for (let first = 1; first <= options.cars; first += batch) {
    const last = Math.min(options.cars, first + batch - 1)
    await sql.unsafe(tripsOf(first, last, perCar, perCar * 0.8))
    progress('trips', last * perCar, options.trips)
  }
  await sql.unsafe(tripsOf(options.cars + 1, options.cars + 1, options.hotTrips, options.hotTrips))
  await sql`set role fleetflow_owner`
  if (!options.bulk) await sql.unsafe('alter table trips enable trigger user')
  await sql`reset role`
  for (const [i, statement] of (rebuild ?? []).entries()) {
    progress('indexes', i, rebuild?.length ?? 0)
    await sql.unsafe(statement)
  }
  if (options.bulk) await sql.unsafe('set session_replication_role = origin')
  await sql.unsafe('vacuum analyze trips').catch(() => sql.unsafe('set role fleetflow_owner'))
  await sql.unsafe('set role fleetflow_owner')
  for (const table of ['trips', 'cars', 'fleets', 'users', 'car_classes', 'fleet_members']) await sql.unsafe(`analyze ${table}`)
  await sql`reset role`
  return describeScale(sql, options.cars)
}

/** Drops the constraint and the plain indexes of trips, and answers the statements that make them as they were. */
async function takeApart(sql: postgres.Sql): Promise<string[]> {
  await sql.unsafe('set session_replication_role = replica')
  const indexes = await sql<{ name: string; definition: string }[]>`
    select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition
      from pg_index as i where i.indrelid = 'trips'::regclass and not exists (select from pg_constraint as c where c.conindid = i.indexrelid)`
  const [constraint] = await sql<{ definition: string }[]>`
    select pg_get_constraintdef(oid) as definition from pg_constraint where conname = 'prevent_overlap' and conrelid = 'trips'::regclass`
  for (const { name } of indexes) await sql.unsafe(`drop index ${name}`)
  await sql.unsafe('alter table trips drop constraint prevent_overlap')
  return [...indexes.map((index) => index.definition), `alter table trips add constraint prevent_overlap ${constraint?.definition}`]
}

async function makeFleets(sql: postgres.Sql, fleets: number, cars: number, fleetCars: number): Promise<void> {
  await sql.unsafe(`
    insert into users (id, name) select gen_random_uuid(), 'Renter ' || n from generate_series(1, ${Math.max(100, Math.ceil(cars / 10))}) as n;
    insert into users (id, name) select gen_random_uuid(), 'Manager ' || n from generate_series(1, ${fleets}) as n;
    insert into fleets (id, slug, name, currency, time_zone, system_user_id)
    select gen_random_uuid(), 'scale-' || n, 'Fleet ' || n, 'EUR', 'Europe/Lisbon', (select id from users where name = 'Renter 1')
      from generate_series(1, ${fleets}) as n;
    insert into fleet_members (fleet_id, user_id, role)
    select f.id, u.id, 'manager' from fleets as f join users as u on u.name = 'Manager ' || substr(f.slug, 7) where f.slug like 'scale-%';
    insert into rate_plans (id, fleet_id, name, currency, day_rate, hour_rate, minimum_charge)
    select gen_random_uuid(), f.id, 'Standard', 'EUR', 5000, 800, 1000 from fleets as f where f.slug like 'scale-%';
    insert into car_classes (id, fleet_id, slug, name, rate_plan_id)
    select gen_random_uuid(), f.id, k.slug, k.slug, p.id
      from fleets as f join rate_plans as p on p.fleet_id = f.id cross join unnest(array['compact', 'estate', 'van']) as k (slug) where f.slug like 'scale-%';`)
  await sql.unsafe(`
    with places as materialized (
      select n, 'scale-' || (n - 1) / ${fleetCars} + 1 as slug, ((n - 1) / ${fleetCars}) % ${cities} as city from generate_series(1, ${cars + 1}) as n)
    insert into cars (id, fleet_id, car_class_id, name, seats, lat_microdegrees, lng_microdegrees, time_zone)
    select ${carId('p.n')}, f.id, cc.id, 'Car ' || p.n, 2 + p.n % 7, 38000000 - p.city * 3500000 + hashint4(p.n) % 150000,
           -9000000 + p.city * 7000000 + hashint4(p.n + 1) % 150000, 'Europe/Lisbon'
      from places as p
      join fleets as f on f.slug = case when p.n > ${cars} then 'scale-1' else p.slug end
      join car_classes as cc on cc.fleet_id = f.id and cc.slug = (array['compact', 'estate', 'van'])[1 + p.n % 3]`)
}

/** Trips of the cars numbered `first` to `last`: every 18 hours one of 2 to 16 hours, so that none overlaps; `past` of them are over. */
const tripsOf = (first: number, last: number, count: number, past: number) => `
  with renters as materialized (select array_agg(id) as ids from users where name like 'Renter %'),
  plans as materialized (select fleet_id, min(id::text)::uuid as id from rate_plans group by fleet_id)
  insert into trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, blocked, currency, rate_plan_id)
  select c.id, gen_random_uuid(), c.fleet_id, r.ids[1 + abs(hashint4(n * 1000 + k)) % cardinality(r.ids)], 'rental',
         case when t.ends < now() then 'completed' else 'confirmed' end, t.starts, t.ends, tstzrange(t.starts, t.ends, '[]'), 'EUR', p.id
    from generate_series(${first}, ${last}) as n
    join cars as c on c.id = ${carId('n')}
    join plans as p on p.fleet_id = c.fleet_id
   cross join renters as r
   cross join generate_series(1, ${count}) as k
   cross join lateral (select date_trunc('hour', now()) + (k - ${Math.floor(past)} - 2) * interval '18 hours' + n % 16 * interval '1 hour' as starts) as s
   cross join lateral (select s.starts, s.starts + interval '2 hours' + abs(hashint4(n + k)) % 840 * interval '1 minute' as ends) as t`

async function describeScale(sql: postgres.Sql, cars: number): Promise<Scale> {
  await sql`set role fleetflow_sys`
  const [row] = await sql<{ id: string; slug: string; managerId: string; renterId: string; carId: string; hotCarId: string }[]>`
    select f.id, f.slug, m.user_id as "managerId", (select id from users where name = 'Renter 2') as "renterId",
           ${sql.unsafe(carId('1'))} as "carId", ${sql.unsafe(carId(String(cars + 1)))} as "hotCarId"
      from fleets as f join fleet_members as m on m.fleet_id = f.id where f.slug = 'scale-1'`
  await sql`reset role`
  if (row === undefined) throw new Error('no fleet was made')
  const { id, slug, managerId, ...rest } = row
  return { fleet: { id, slug, managerId }, place: { lat: 38_000_000, lng: -9_000_000 }, ...rest }
}
