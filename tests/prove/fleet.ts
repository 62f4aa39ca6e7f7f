// Makes the fleet that a run happens in, and takes it away again: nothing else in the database is touched.

import { adminOptions } from '@fleetflow/db/admin'
import postgres from 'postgres'
import type { Fleet } from './scene.ts'

/** As the role that sees every row and writes what fixtures need. */
export function openSys(adminUrl: string): postgres.Sql {
  const { connection, ...rest } = adminOptions('fleetflow-prove')
  return postgres(adminUrl, { ...rest, connection: { ...connection, role: 'fleetflow_sys' } })
}

/** How many open trips a renter may have. */
export const maxOpenTrips = 5

export const prices = { day: 5000, hour: 800, minimum: 1000 }

/** How the cars differ, in turn: buffers, bounds, and whether the fleet has to agree. */
const kinds = [
  { prep: 0, turnaround: 0, backToBack: false, instant: true },
  { prep: 30, turnaround: 45, backToBack: false, instant: true },
  { prep: 0, turnaround: 15, backToBack: true, instant: true },
  { prep: 0, turnaround: 0, backToBack: false, instant: false },
]

async function makeUsers(sys: postgres.TransactionSql, name: string, count: number): Promise<string[]> {
  const rows = await sys<{ id: string }[]>`
    insert into users (id, name) select private.uuid_v7(), ${name} || ' ' || n from generate_series(1, ${count}::integer) as n returning id`
  return rows.map(({ id }) => id)
}

const only = (ids: string[]): string => {
  const [id] = ids
  if (id === undefined) throw new Error('nothing was stored')
  return id
}

/** A public fleet of one class; all in one transaction. */
export function makeFleet(sys: postgres.Sql, options: { cars: number; renters: number }): Promise<Fleet> {
  return sys.begin(async (tx) => {
    const [systemUserId, managerId, strangerId] = [
      only(await makeUsers(tx, 'Prove: system', 1)),
      only(await makeUsers(tx, 'Prove: manager', 1)),
      only(await makeUsers(tx, 'Prove: stranger', 1)),
    ]
    const renterIds = await makeUsers(tx, 'Prove: renter', options.renters)
    const driverIds = await makeUsers(tx, 'Prove: driver', 3)
    const [fleet] = await tx<{ id: string; slug: string }[]>`
      insert into fleets (id, slug, name, currency, time_zone, system_user_id, max_open_trips)
      select id, 'prove-' || right(id::text, 12), 'Made by pnpm prove', 'EUR', 'UTC', ${systemUserId}, ${maxOpenTrips} from private.uuid_v7() as id
      returning id, slug`
    if (fleet === undefined) throw new Error('nothing was stored')
    await tx`insert into fleet_members (fleet_id, user_id, role) values (${fleet.id}, ${managerId}, 'manager')`
    await tx`insert into fleet_members (fleet_id, user_id, role) select ${fleet.id}, unnest(${driverIds}::uuid[]), 'driver'`
    const plans = await tx<{ id: string }[]>`
      insert into rate_plans (id, fleet_id, name, currency, day_rate, hour_rate, minimum_charge)
      values (private.uuid_v7(), ${fleet.id}, 'Standard', 'EUR', ${prices.day}, ${prices.hour}, ${prices.minimum}) returning id`
    const planId = only(plans.map(({ id }) => id))
    const classes = await tx<{ id: string }[]>`
      insert into car_classes (id, fleet_id, slug, name, rate_plan_id)
      values (private.uuid_v7(), ${fleet.id}, 'van', 'Van', ${planId}) returning id`
    const classId = only(classes.map(({ id }) => id))
    const carIds: string[] = []
    for (let n = 0; n < options.cars; n += 1) {
      const kind = kinds[n % kinds.length] ?? { prep: 0, turnaround: 0, backToBack: false, instant: true }
      const cars = await tx<{ id: string }[]>`
        insert into cars (id, fleet_id, car_class_id, name, time_zone, prep_minutes, turnaround_minutes, back_to_back, instant_booking)
        values (private.uuid_v7(), ${fleet.id}, ${classId}, ${`Car ${n + 1}`}, 'UTC', ${kind.prep}, ${kind.turnaround},
                ${kind.backToBack}, ${kind.instant}) returning id`
      carIds.push(only(cars.map(({ id }) => id)))
    }
    return { ...fleet, classId, planId, systemUserId, managerId, strangerId, carIds, renterIds, driverIds }
  }) as Promise<Fleet>
}

/** Takes away what can be taken away; what stays has no trips, no members and is seen by nobody. */
export async function removeFleet(sys: postgres.Sql, fleet: Fleet): Promise<void> {
  const people = [fleet.managerId, fleet.strangerId, ...fleet.renterIds, ...fleet.driverIds]
  await sys.begin(async (tx) => {
    await tx`delete from idempotency_keys where user_id = any (${people})`
    await tx`delete from driver_assignments where driver_id = any (${people})`
    await tx`delete from quotes where car_id = any (${fleet.carIds})`
    await tx`delete from reviews where car_id = any (${fleet.carIds})`
    await tx`delete from trip_lines where car_id = any (${fleet.carIds})`
    await tx`delete from trips where car_id = any (${fleet.carIds})`
    await tx`delete from fleet_members where fleet_id = ${fleet.id}`
    await tx`delete from users where id = any (${people})`
    await tx`update cars set retired_at = now() where id = any (${fleet.carIds})`
    await tx`update fleets set visibility = 'members' where id = ${fleet.id}`
  })
}

/** What `removeFleet` leaves in a database that is not thrown away, for people. */
export const leftovers = ({ slug, carIds }: Fleet): string =>
  `left in the database, seen by nobody: the fleet ${slug} without members, its ${carIds.length} retired cars, their class, its rate plan and its system user`
