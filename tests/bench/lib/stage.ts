// What a benchmark happens on: an embedded PostgreSQL as the product starts it, a database with a fleet, callers with tokens, and the server as shipped.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adminOptions, migrate } from '@fleetflow/db/admin'
import { acquireEmbedded, type Embedded } from '@fleetflow/db/embedded'
import { developmentIssuer, signDevelopmentToken } from '@fleetflow/server'
import postgres from 'postgres'
import { carId, type Slots } from './bookings.ts'
import { type Load, startLoad } from './fire.ts'
import { type Program, startFleetflow } from './programs.ts'
import type { Caller } from './requests.ts'

/** Cars that callers book, one after the other; one more is the hot one, another has the rivals' trials. */
const cars = 2000
const people = 64

export interface Stage {
  home: string
  embedded: Embedded
  postmaster: number
  /** The administrator's connection to the database of this run, its address and the API role's. */
  sql: postgres.Sql
  adminUrl: string
  apiUrl: string
  callers: Caller[]
  slots: Slots
  hotCar: number
  trialCar: number
  load: Load
  server: Program
  /** Numbers of bookings that nobody else gets. */
  take(count: number): number
  /** A migrated database of its own, dropped first. */
  freshDatabase(name: string): Promise<string>
}

/** Builds it, and leaves its undoing to `stack`. `nodeOptions` are the server's. */
export async function openStage(stack: AsyncDisposableStack, nodeOptions: readonly string[] = []): Promise<Stage> {
  const home = mkdtempSync(join(tmpdir(), 'fleetflow-bench-'))
  stack.defer(() => rmSync(home, { recursive: true, force: true }))
  const embedded = await acquireEmbedded({ home })
  stack.defer(() => embedded.release())
  const freshDatabase = (name: string) => makeDatabase(embedded, name)
  const adminUrl = await freshDatabase('bench')
  const apiUrl = Object.assign(new URL(embedded.apiUrl), { pathname: '/bench' }).href
  const sql = postgres(adminUrl, adminOptions('fleetflow-bench'))
  stack.defer(() => sql.end())
  const callers = await makeCallers(home)
  await makeWorld(sql, callers)
  const server = await startFleetflow(home, { DATABASE_URL: apiUrl }, nodeOptions)
  stack.defer(() => server.stop())
  const load = startLoad()
  stack.defer(() => load.stop())
  const base = new Date(Date.now() + 2 * 86_400_000).setUTCHours(0, 0, 0, 0)
  let next = 0
  return {
    ...{ home, embedded, sql, adminUrl, apiUrl, callers, load, server, freshDatabase },
    postmaster: Number.parseInt(readFileSync(join(embedded.dataDirectory, 'postmaster.pid'), 'utf8'), 10),
    slots: { cars, firstCar: 1, base },
    hotCar: cars + 1,
    trialCar: cars + 2,
    take(count) {
      next += count
      return next - count
    },
  }
}

async function makeDatabase(embedded: Embedded, name: string): Promise<string> {
  const maintenance = postgres(embedded.urlFor('postgres'), adminOptions('fleetflow-bench'))
  await maintenance.unsafe(`drop database if exists ${name} with (force)`)
  await maintenance.unsafe(`create database ${name}`)
  await maintenance`checkpoint`
  await maintenance.end()
  await migrate(embedded.urlFor(name), { apiPassword: embedded.apiPassword })
  return embedded.urlFor(name)
}

async function makeCallers(home: string): Promise<Caller[]> {
  return Promise.all(
    Array.from({ length: people }, async (_, n) => {
      const email = `renter${n}@example.com`
      return { token: await signDevelopmentToken({ home, email }), actor: { issuer: developmentIssuer, subject: email, email } }
    }),
  )
}

/**
 * A fleet that anybody may book, its priced cars, and renters who each have a hundred trips of last year, with a line and a key each: PostgreSQL plans by
 * what it has counted, and of a table that it has seen empty it reads everything until it counts again.
 */
async function makeWorld(sql: postgres.Sql, callers: readonly Caller[]): Promise<void> {
  await sql.unsafe(`
    insert into users (id, name, email) select private.uuid_v7(), 'Renter ' || n, 'renter' || n || '@example.com' from generate_series(0, ${callers.length - 1}) as n;
    insert into user_identities (issuer, subject, user_id) select '${developmentIssuer}', email, id from users;
    insert into users (id, name) values (private.uuid_v7(), 'System');
    insert into fleets (id, slug, name, currency, time_zone, visibility, system_user_id)
    select private.uuid_v7(), 'bench', 'Bench', 'EUR', 'Europe/Lisbon', 'public', id from users where name = 'System';
    insert into fleet_members (fleet_id, user_id, role) select f.id, u.id, 'owner' from fleets as f, users as u where u.name = 'System';
    insert into rate_plans (id, fleet_id, name, currency, day_rate, hour_rate, minimum_charge)
    select private.uuid_v7(), id, 'Standard', 'EUR', 5000, 800, 1000 from fleets;
    insert into car_classes (id, fleet_id, slug, name, rate_plan_id) select private.uuid_v7(), fleet_id, 'van', 'Van', id from rate_plans;
    insert into cars (id, fleet_id, car_class_id, name, seats, lat_microdegrees, lng_microdegrees, time_zone)
    select ('${carId(0).slice(0, 24)}' || lpad(n::text, 12, '0'))::uuid, c.fleet_id, c.id, 'Car ' || n, 5, 38700000 + n, -9100000 - n, 'Europe/Lisbon'
      from car_classes as c, generate_series(1, ${cars + 2}) as n;
    insert into trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, blocked, currency, rate_plan_id)
    select c.id, private.uuid_v7(), c.fleet_id, u.id, 'rental', 'completed', p.starts, p.ends, tstzrange(p.starts, p.ends, '[]'), 'EUR', r.id
      from generate_series(0, ${callers.length * 100 - 1}) as n
      join users as u on u.name = 'Renter ' || n % ${callers.length}
      join cars as c on c.name = 'Car ' || 1 + n % ${cars}
     cross join rate_plans as r
     cross join lateral (select date_trunc('hour', now()) - interval '1 year' + n * interval '1 hour' as starts,
                                date_trunc('hour', now()) - interval '1 year' + n * interval '1 hour' + interval '30 minutes' as ends) as p;
    insert into trip_lines (car_id, trip_id, id, kind, description, quantity, unit_amount, amount)
    select car_id, id, private.uuid_v7(), 'hour', 'Hours', 1, 1000, 1000 from trips;
    insert into idempotency_keys (user_id, operation, key, input_hash, outcome)
    select booked_by_id, 'trips.create', id::text, sha256(''), '{}' from trips;`)
  await sql.unsafe('vacuum analyze')
}
