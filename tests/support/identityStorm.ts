// Hundreds of people whose calls share a few connections while statements fail, wait too long and are cancelled: does each answer name its own caller?
import { type Actor, call, type Database, DatabaseError } from '@fleetflow/db'
import type postgres from 'postgres'
import { makeKey } from './apiKeys.ts'
import { as, makeFleet } from './fixtures.ts'
import { sequence } from './random.ts'

interface Somebody {
  id: string
  actor: Actor
  isAdmin: boolean
  tripId: string
}

export interface Crowd {
  people: Somebody[]
  /** A trip whose car somebody else holds locked, and who may change it. */
  stuck: { tripId: string; carId: string; actor: Actor }
}

export interface Storm {
  calls: number
  /** Answers that named somebody else, or showed what is somebody else's. */
  wrong: string[]
  /** How often what was answered. */
  answers: Record<string, number>
}

const issuer = 'https://issuer.example'
const nowhere = '01900000-0000-7000-8000-000000000000'

/** People known by id, by token and by API key, some of them administrators, each with a trip of their own. */
export async function makeCrowd(sql: postgres.Sql, size: number): Promise<Crowd> {
  const fleet = await makeFleet(sql, { cars: 26 })
  const [stuckCar = '', ...cars] = fleet.carIds
  const rows = await sql<{ id: string; n: number; isAdmin: boolean }[]>`
    insert into users (id, name, is_admin) select private.uuid_v7(), 'Person ' || n, n % 50 = 0 from generate_series(1, ${size - 20}) as n
    returning id, split_part(name, ' ', 2)::integer as n, is_admin as "isAdmin"`
  const people = rows.map(({ id, n, isAdmin }) => ({ id, isAdmin, actor: n % 2 === 0 ? as(id) : { issuer, subject: `person-${n}` } }))
  await sql`insert into user_identities (issuer, subject, user_id)
            select ${issuer}, 'person-' || split_part(u.name, ' ', 2), u.id from users as u where u.name like 'Person %'`
  for (let n = 0; n < 20; n += 1) {
    const key = await makeKey(sql, fleet, { procedures: ['me.get', 'trips.list', 'trips.get', 'trips.modify'], role: 'driver' })
    people.push({ id: key.userId, isAdmin: false, actor: key.actor })
  }
  const ids = people.map((who) => who.id)
  const trips = await sql<{ id: string; userId: string }[]>`
    insert into trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, blocked, currency)
    select (${cars}::uuid[])[1 + (n - 1) % ${cars.length}], private.uuid_v7(), ${fleet.id}, u, 'rental', 'confirmed', p.starts, p.starts + interval '1 hour',
           private.blocked_range(p.starts, p.starts + interval '1 hour', 0, 0, false), 'EUR'
      from unnest(${ids}::uuid[]) with ordinality as w (u, n)
     cross join lateral (select timestamptz '2031-01-01T10:00Z' + n * interval '1 day' as starts) as p
    returning id, booked_by_id as "userId"`
  const [stuck] = await sql<{ id: string }[]>`
    insert into trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, blocked, currency)
    values (${stuckCar}, private.uuid_v7(), ${fleet.id}, ${fleet.ownerId}, 'owner_use', 'confirmed', '2031-01-01T10:00Z', '2031-01-02T10:00Z',
            private.blocked_range('2031-01-01T10:00Z', '2031-01-02T10:00Z', 0, 0, false), 'EUR') returning id`
  const tripOf = new Map(trips.map((trip) => [trip.userId, trip.id]))
  return {
    people: people.map((who) => ({ ...who, tripId: tripOf.get(who.id) ?? '' })),
    stuck: { tripId: stuck?.id ?? '', carId: stuckCar, actor: as(fleet.ownerId) },
  }
}

interface Me {
  id: string
  isAdmin: boolean
}

interface Page {
  items: { id: string; bookedById: string }[]
}

/** One call of somebody's; answers what is wrong with the answer, or a word for what it was. */
async function ask(
  api: Database,
  who: Somebody,
  other: Somebody,
  stuck: Crowd['stuck'],
  dice: number,
): Promise<{ word: string; wrong?: string }> {
  if (dice < 860) {
    const me = (await call(api, 'get_me_rpc', { actor: who.actor })) as Me
    return me.id === who.id && me.isAdmin === who.isAdmin ? { word: 'me' } : { word: 'me', wrong: `${who.id} is told to be ${me.id}` }
  }
  if (dice < 930) {
    const { items } = (await call(api, 'list_trips_rpc', { actor: who.actor })) as Page
    const right = items.length === 1 && items[0]?.id === who.tripId && items[0].bookedById === who.id
    return right
      ? { word: 'list' }
      : { word: 'list', wrong: `${who.id} lists ${items.map((item) => item.bookedById).join(', ') || 'nothing'}` }
  }
  if (dice < 945) {
    const { items } = (await call(api, 'list_trips_rpc', { actor: { issuer, subject: 'unknown' } })) as Page
    return items.length === 0 ? { word: 'nobody' } : { word: 'nobody', wrong: `nobody lists trips of ${items[0]?.bookedById}` }
  }
  if (dice < 965) {
    const foreign = (await call(api, 'get_trip_rpc', { trip_id: other.tripId, actor: who.actor })) as { id: string }
    const may = who.isAdmin || who === other || 'apiKey' in who.actor
    return may ? { word: 'got' } : { word: 'got', wrong: `${who.id} gets ${foreign.id} of ${other.id}` }
  }
  // Each of these is to fail behind the point at which the caller has been recognised.
  if (dice < 980) await call(api, 'get_trip_rpc', { trip_id: nowhere, actor: who.actor })
  else if (dice < 990) await call(api, 'list_trips_rpc', { page_limit: 0, actor: who.actor })
  else if (dice < 997) await call(api, 'get_me_rpc', { actor: { userId: 'nobody' } })
  else await call(api, 'modify_trip_rpc', { trip_id: stuck.tripId, end_date: '2031-01-01T12:00Z', actor: stuck.actor })
  return { word: 'unexpected', wrong: 'a call that was to fail did not' }
}

/** Sends `calls` in 64 lanes over the pools in turn and judges every answer. Other failures than DatabaseErrors are thrown. */
export async function storm(pools: readonly Database[], crowd: Crowd, calls: number): Promise<Storm> {
  const { people, stuck } = crowd
  const result: Storm = { calls: 0, wrong: [], answers: {} }
  const lanes = 64
  const lane = async (seed: number) => {
    const random = sequence(seed + 1)
    const one = <T>(some: readonly T[]): T => some[random(some.length)] as T
    for (let n = seed; n < calls; n += lanes) {
      const [pool, who, other] = [one(pools), one(people), one(people)]
      const { word, wrong } = await ask(pool, who, other, stuck, random(1000)).catch((error: unknown) => {
        if (error instanceof DatabaseError) return { word: error.code, wrong: undefined }
        throw error
      })
      result.calls += 1
      result.answers[word] = (result.answers[word] ?? 0) + 1
      if (wrong !== undefined) result.wrong.push(wrong)
    }
  }
  await Promise.all(Array.from({ length: lanes }, (_, seed) => lane(seed)))
  return result
}

/**
 * Cancels and now and then ends whatever statement of ours is at work, until told to stop: but for the driver's own question for types on a new
 * connection, whose failure it hands to nobody. Answers how often, and the most connections it saw.
 */
export function disturb(superuser: postgres.Sql): { stop(): Promise<{ cancelled: number; ended: number; connections: number }> } {
  const done = { cancelled: 0, ended: 0, connections: 0 }
  let stopped = false
  const work = (async () => {
    for (let round = 1; !stopped; round += 1) {
      const [row] = await superuser<{ connections: number; hit: boolean }[]>`
        with ours as (select pid, state, query from pg_stat_activity where datname = current_database() and usename = 'fleetflow_api'),
        target as (select pid from ours where state = 'active' and query not like '%pg_type%' order by random() limit 1)
        select (select count(*) from ours)::integer as connections,
               coalesce((select case when ${round % 40 === 0} then pg_terminate_backend(pid) else pg_cancel_backend(pid) end from target), false) as hit`
      if (row?.hit) done[round % 40 === 0 ? 'ended' : 'cancelled'] += 1
      done.connections = Math.max(done.connections, row?.connections ?? 0)
      await superuser`select pg_sleep(0.02)`
    }
  })()
  return {
    stop: async () => {
      stopped = true
      await work
      return done
    },
  }
}
