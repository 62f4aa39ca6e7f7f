// Rows that tests start from: people, a fleet with its roles, cars, and trips in any state, stored as fleetflow_sys.
import type { Actor } from '@fleetflow/db'
import { DatabaseError } from '@fleetflow/db'
import type postgres from 'postgres'
import { expect } from 'vitest'

export const as = (userId: string): Actor => ({ userId })

export async function makeUser(
  sys: postgres.Sql,
  columns: { name?: string; isAdmin?: boolean; suspended?: boolean } = {},
): Promise<string> {
  const [row] = await sys<{ id: string }[]>`
    insert into users (id, name, is_admin, suspended_at)
    values (private.uuid_v7(), ${columns.name ?? 'Somebody'}, ${columns.isAdmin ?? false}, ${columns.suspended ? 'now' : null}) returning id`
  return idOf(row)
}

export interface TestFleet {
  id: string
  slug: string
  classId: string
  planId: string
  systemUserId: string
  ownerId: string
  managerId: string
  driverId: string
  carIds: string[]
}

export interface FleetOptions {
  cars?: number
  visibility?: 'public' | 'members'
  priced?: boolean
  timeZone?: string
  prepMinutes?: number
  turnaroundMinutes?: number
  backToBack?: boolean
}

/** Day 5000, hour 800, minimum 1000 cents of EUR unless `priced` is false. */
export async function makeFleet(sys: postgres.Sql, options: FleetOptions = {}): Promise<TestFleet> {
  const [systemUserId, ownerId, managerId, driverId] = [
    await makeUser(sys, { name: 'System' }),
    await makeUser(sys, { name: 'Owner' }),
    await makeUser(sys, { name: 'Manager' }),
    await makeUser(sys, { name: 'Driver' }),
  ]
  const timeZone = options.timeZone ?? 'Europe/Lisbon'
  const [fleet] = await sys<{ id: string; slug: string }[]>`
    insert into fleets (id, slug, name, currency, time_zone, visibility, system_user_id)
    select id, 'fleet-' || right(id::text, 12), 'Fleet', 'EUR', ${timeZone}, ${options.visibility ?? 'public'}, ${systemUserId}
      from private.uuid_v7() as id returning id, slug`
  const id = idOf(fleet)
  await sys`insert into fleet_members (fleet_id, user_id, role)
            values (${id}, ${ownerId}, 'owner'), (${id}, ${managerId}, 'manager'), (${id}, ${driverId}, 'driver')`
  const [plan] = await sys<{ id: string }[]>`
    insert into rate_plans (id, fleet_id, name, currency, day_rate, hour_rate, minimum_charge)
    values (private.uuid_v7(), ${id}, 'Standard', 'EUR', 5000, 800, 1000) returning id`
  const [carClass] = await sys<{ id: string }[]>`
    insert into car_classes (id, fleet_id, slug, name, rate_plan_id)
    values (private.uuid_v7(), ${id}, 'van', 'Van', ${options.priced === false ? null : idOf(plan)}) returning id`
  const cars = await sys<{ id: string }[]>`
    insert into cars (id, fleet_id, car_class_id, name, time_zone, prep_minutes, turnaround_minutes, back_to_back)
    select private.uuid_v7(), ${id}, ${idOf(carClass)}, 'Car ' || n, ${timeZone},
           ${options.prepMinutes ?? 0}, ${options.turnaroundMinutes ?? 0}, ${options.backToBack ?? false}
      from generate_series(1, ${options.cars ?? 1}) as n returning id`
  return {
    id,
    slug: fleet?.slug ?? '',
    classId: idOf(carClass),
    planId: idOf(plan),
    systemUserId,
    ownerId,
    managerId,
    driverId,
    carIds: cars.map((car) => car.id),
  }
}

/** The first car of a fleet made with at least one. */
export function firstCar(fleet: TestFleet): string {
  return idOf({ id: fleet.carIds[0] ?? '' })
}

/** Stores a trip as it is, in any state in which a trip may begin, then moves it on to `status` along the allowed steps. */
export async function makeTrip(
  sys: postgres.Sql,
  fleet: TestFleet,
  trip: {
    carId?: string
    renterId: string
    start: string
    end: string
    status?: 'confirmed' | 'active' | 'completed' | 'cancelled'
    turnaroundMinutes?: number
  },
): Promise<string> {
  const status = trip.status ?? 'confirmed'
  const first = status === 'completed' ? 'completed' : 'confirmed'
  const [row] = await sys<{ id: string }[]>`
    insert into trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, turnaround_minutes, blocked, currency, rate_plan_id)
    values (${trip.carId ?? firstCar(fleet)}, private.uuid_v7(), ${fleet.id}, ${trip.renterId}, 'rental', ${first}, ${trip.start}, ${trip.end},
            ${trip.turnaroundMinutes ?? 0}, private.blocked_range(${trip.start}, ${trip.end}, 0, ${trip.turnaroundMinutes ?? 0}, false), 'EUR', ${fleet.planId}) returning id`
  const id = idOf(row)
  if (status !== first) await sys`update trips set status = ${status} where id = ${id}`
  return id
}

/** Expects a call to be refused with this code and answers the refusal for a closer look. */
export async function refusal(work: Promise<unknown>, code: DatabaseError['code']): Promise<DatabaseError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(DatabaseError)
  expect((error as DatabaseError).code).toBe(code)
  return error as DatabaseError
}

/** The SQLSTATE with which a statement fails. */
export async function sqlstate(work: PromiseLike<unknown>): Promise<string> {
  try {
    await work
    return '00000'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}

function idOf(row: { id: string } | undefined): string {
  if (!row?.id) throw new Error('nothing was stored')
  return row.id
}

/** Stores a rate plan of a fleet as it is given, in its own transaction. */
export async function makePlan(
  sys: postgres.Sql,
  fleet: TestFleet,
  plan: {
    name?: string
    version?: number
    currency?: string
    day?: number
    hour?: number
    minimum?: number
    rules?: Record<string, unknown>
    seasons?: { name: string; from: string; to: string; dayRate?: number; ppm?: number }[]
  },
): Promise<string> {
  return sys.begin(async (tx) => {
    const [row] = await tx<{ id: string }[]>`
      insert into rate_plans (id, fleet_id, name, version, currency, day_rate, hour_rate, minimum_charge, rules)
      values (private.uuid_v7(), ${fleet.id}, ${plan.name ?? 'Standard'}, ${plan.version ?? 2}, ${plan.currency ?? 'EUR'}, ${plan.day ?? 5000},
              ${plan.hour ?? 800}, ${plan.minimum ?? 1000}, ${JSON.stringify(plan.rules ?? {})}::text::jsonb) returning id`
    for (const { name, from, to, dayRate, ppm } of plan.seasons ?? []) {
      await tx`insert into rate_plan_seasons (rate_plan_id, id, name, days, day_rate, ppm)
               values (${idOf(row)}, private.uuid_v7(), ${name}, daterange(${from}, ${to}, '[]'), ${dayRate ?? null}, ${ppm ?? null})`
    }
    return idOf(row)
  })
}
