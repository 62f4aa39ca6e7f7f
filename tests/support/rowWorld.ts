// A small random world with rows in every table and people in every place: what the model of visible rows is compared on.
import { type Actor, call } from '@fleetflow/db'
import type postgres from 'postgres'
import { makeKey } from './apiKeys.ts'
import type { TestDatabase } from './database.ts'
import { as, makeFleet, makePlan, makeUser, type TestFleet } from './fixtures.ts'
import { sequence } from './random.ts'

/** Somebody who asks, as private.enter is to recognise them. */
export interface Caller {
  name: string
  /** Null: nobody has entered at all. */
  actor: Actor | null
  userId: string | null
  admin: boolean
  /** The fleet of an API key; null for people. */
  keyFleet: string | null
}

export interface RowWorld {
  callers: Caller[]
  /** Whom private.enter refuses. */
  refused: { name: string; actor: Actor }[]
  fleets: TestFleet[]
  users: string[]
}

const day = 86_400_000
const kinds = ['held', 'requested', 'confirmed', 'active', 'completed', 'cancelled', 'declined', 'expired', 'no_show'] as const
const firsts: Record<(typeof kinds)[number], 'held' | 'requested' | 'confirmed' | 'completed'> = {
  held: 'held',
  requested: 'requested',
  confirmed: 'confirmed',
  active: 'confirmed',
  completed: 'completed',
  cancelled: 'confirmed',
  declined: 'requested',
  expired: 'held',
  no_show: 'confirmed',
}
const purposes = ['rental', 'rental', 'rental', 'maintenance', 'owner_use'] as const

const person = (name: string, userId: string, admin = false): Caller => ({ name, actor: as(userId), userId, admin, keyFleet: null })

async function addTrip(
  sql: postgres.Sql,
  trip: { fleet: TestFleet; carId: string; userId: string; n: number; random: (below: number) => number },
) {
  const { fleet, carId, userId, n, random } = trip
  // A car is on one trip at a time.
  const status = n % 4 === 0 ? (kinds[random(kinds.length)] ?? 'held') : (kinds.filter((kind) => kind !== 'active')[random(8)] ?? 'held')
  const start = new Date(Date.UTC(2031, 0, 1) + n * 2 * day).toISOString()
  const end = new Date(Date.UTC(2031, 0, 2) + n * 2 * day).toISOString()
  const purpose = status === 'completed' ? 'rental' : (purposes[random(purposes.length)] ?? 'rental')
  const [row] = await sql<{ id: string }[]>`
    insert into trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, blocked, currency, rate_plan_id, hold_expires_at, respond_by)
    values (${carId}, private.uuid_v7(), ${fleet.id}, ${userId}, ${purpose}, ${firsts[status]}, ${start}, ${end},
            private.blocked_range(${start}, ${end}, 0, 0, false), 'EUR', ${fleet.planId}, ${end}, ${start})
    returning id`
  const id = row?.id ?? ''
  await sql`insert into trip_lines (car_id, trip_id, id, kind, description, quantity, unit_amount, amount)
            values (${carId}, ${id}, private.uuid_v7(), 'day', 'A day', 1, 5000, 5000)`
  if (status !== firsts[status]) await sql`update trips set status = ${status} where id = ${id}`
  if (status === 'completed' && random(2) === 0)
    await sql`insert into reviews (car_id, id, trip_id, author_id, rating, comment) values (${carId}, private.uuid_v7(), ${id}, ${userId}, 4, 'Fine')`
}

async function addQuote(sql: postgres.Sql, fleet: TestFleet, carId: string, userId: string): Promise<void> {
  await sql`
    insert into quotes (car_id, id, fleet_id, user_id, start_date, end_date, extras, rate_plan_id, total_cost, priced, expires_at)
    values (${carId}, private.uuid_v7(), ${fleet.id}, ${userId}, '2032-01-01T10:00Z', '2032-01-02T10:00Z', '[]', ${fleet.planId}, 5000, '{}', '2032-01-01T10:00Z')`
}

/** As a superuser, who is bound by nothing. The same world in every run but for its ids. */
export async function makeRowWorld(db: TestDatabase, sql: postgres.Sql): Promise<RowWorld> {
  const random = sequence(20_311)
  const open = await makeFleet(sql, { cars: 3 })
  const closed = await makeFleet(sql, { cars: 3, visibility: 'members' })
  const other = await makeFleet(sql, { cars: 2 })
  const hidden = await makeFleet(sql, { cars: 2, visibility: 'members' })
  const fleets = [open, closed, other, hidden]
  const [renter, second, both] = [await makeUser(sql), await makeUser(sql), await makeUser(sql)]
  const admin = await makeUser(sql, { isAdmin: true })
  const working = await makeUser(sql, { isAdmin: true })
  const suspended = await makeUser(sql, { suspended: true })
  await sql`insert into fleet_members (fleet_id, user_id, role) values
    (${open.id}, ${both}, 'manager'), (${closed.id}, ${both}, 'driver'), (${other.id}, ${open.ownerId}, 'driver'),
    (${hidden.id}, ${working}, 'manager'), (${open.id}, ${suspended}, 'owner')`
  const managing = await makeKey(sql, open, { procedures: ['cars.list'] })
  const driving = await makeKey(sql, closed, { procedures: ['cars.list'], role: 'driver' })
  const expired = await makeKey(sql, open, { procedures: ['cars.list'], expires: '-1 hour' })
  const elsewhere = await makeKey(sql, open, { procedures: ['trips.list'] })

  const people = [open.ownerId, open.managerId, open.driverId, closed.ownerId, closed.driverId, other.managerId, hidden.ownerId]
  const users = [...people, renter, second, both, admin, working, suspended, managing.userId, driving.userId, open.systemUserId]
  for (const fleet of fleets) {
    for (const carId of fleet.carIds) {
      for (let n = 0; n < 8; n += 1) await addTrip(sql, { fleet, carId, userId: users[random(users.length)] ?? renter, n, random })
      for (let n = 0; n < 3; n += 1) await addQuote(sql, fleet, carId, users[random(users.length)] ?? renter)
    }
    await makePlan(sql, fleet, {
      name: 'Summer',
      version: 1,
      seasons: [{ name: 'July', from: '2031-07-01', to: '2031-07-31', ppm: 1_100_000 }],
    })
    await sql`update cars set retired_at = now() where id = ${fleet.carIds.at(-1) ?? ''}`
  }
  // A trip stays with the fleet of its booking.
  await sql`update cars set fleet_id = ${hidden.id}, car_class_id = ${hidden.classId} where id = ${open.carIds[1] ?? ''}`
  for (const userId of [renter, admin, open.ownerId, managing.userId])
    await sql`insert into idempotency_keys (user_id, operation, key, input_hash) values (${userId}, 'trips.create', 'k', sha256('x'))`
  for (const fleet of fleets) {
    await sql`insert into invitations (id, fleet_id, role, email, token_hash, invited_by, expires_at)
              values (private.uuid_v7(), ${fleet.id}, 'driver', 'guest@example.com', sha256(${fleet.id}::text::bytea), ${fleet.ownerId}, now() + interval '1 day')`
  }
  await sql`insert into user_identities (issuer, subject, user_id) values ('https://issuer.example', 'renter', ${renter})`
  const [driven] = await sql<{ id: string }[]>`select id from trips where status = 'confirmed' limit 1`
  await sql`insert into driver_assignments (driver_id, trip_id, period) values (${open.driverId}, ${driven?.id ?? ''}, '[2031-01-01,2031-01-02)')`
  await db.api.sql`select public.relay_events(50)`
  await call(db.api, 'get_me_rpc', { actor: { issuer: 'https://issuer.example', subject: 'second' } })

  return {
    fleets,
    users,
    callers: [
      { name: 'nobody', actor: null, userId: null, admin: false, keyFleet: null },
      {
        name: 'an unknown subject',
        actor: { issuer: 'https://issuer.example', subject: 'unknown' },
        userId: null,
        admin: false,
        keyFleet: null,
      },
      { ...person('a renter by their token', renter), actor: { issuer: 'https://issuer.example', subject: 'renter' } },
      person('another renter', second),
      person('an owner who drives elsewhere', open.ownerId),
      person('a manager', open.managerId),
      person('a driver', open.driverId),
      person('an owner of a hidden fleet', closed.ownerId),
      person('a driver of a hidden fleet', closed.driverId),
      person('a manager here and driver there', both),
      person('a manager of another fleet', other.managerId),
      person('an owner of another hidden fleet', hidden.ownerId),
      person('the system user of a fleet', open.systemUserId),
      person('an administrator', admin, true),
      person('an administrator who manages a fleet', working, true),
      { name: 'a key of a manager', actor: managing.actor, userId: managing.userId, admin: false, keyFleet: open.id },
      { name: 'a key of a driver in a hidden fleet', actor: driving.actor, userId: driving.userId, admin: false, keyFleet: closed.id },
    ],
    refused: [
      { name: 'the suspended', actor: as(suspended) },
      { name: 'a key that has expired', actor: expired.actor },
      { name: 'a key for something else', actor: elsewhere.actor },
      { name: 'an id that nobody has', actor: as('01900000-0000-7000-8000-000000000000') },
    ],
  }
}
