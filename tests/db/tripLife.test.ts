// The steps of a trip's life and the sum of its lines: kept by triggers, whoever writes.
import { call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makeTrip, makeUser, sqlstate } from '../support/fixtures.ts'
import { openSuperuser } from '../support/superuser.ts'

const statuses = ['held', 'requested', 'confirmed', 'active', 'completed', 'cancelled', 'declined', 'expired', 'no_show'] as const
type Status = (typeof statuses)[number]

/** Every step of a trip's life; all other pairs are refused. */
const allowed: Record<Status, readonly Status[]> = {
  held: ['confirmed', 'requested', 'expired', 'cancelled'],
  requested: ['confirmed', 'declined', 'expired', 'cancelled'],
  // Completed without having begun: only what is no rental, by time.
  confirmed: ['cancelled', 'active', 'no_show', 'completed'],
  active: ['completed'],
  completed: [],
  cancelled: [],
  declined: [],
  expired: [],
  no_show: [],
}
/** How a trip that does not exist yet gets to a state. */
const ways: Record<Status, readonly Status[]> = {
  held: ['held'],
  requested: ['requested'],
  confirmed: ['confirmed'],
  active: ['confirmed', 'active'],
  completed: ['completed'],
  cancelled: ['held', 'cancelled'],
  declined: ['requested', 'declined'],
  expired: ['requested', 'expired'],
  no_show: ['confirmed', 'no_show'],
}

describe('the steps of a trip', async () => {
  const db = await openTestDatabase()
  const superuser = openSuperuser(db)
  const fleet = await makeFleet(db.sys)
  const renter = await makeUser(db.sys)

  let hour = 0
  const begin = async (status: Status) => {
    const start = new Date(Date.UTC(2031, 0, 1) + hour++ * 7_200_000).toISOString()
    const [car] = await db.sys<{ id: string }[]>`
      insert into cars (id, fleet_id, car_class_id, name, time_zone)
      values (private.uuid_v7(), ${fleet.id}, ${fleet.classId}, 'Another', 'UTC') returning id`
    const [row] = await db.sys<{ id: string }[]>`
      insert into trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, blocked, currency, hold_expires_at, respond_by)
      values (${car?.id ?? ''}, private.uuid_v7(), ${fleet.id}, ${renter}, 'rental', ${status}, ${start}, ${start}::timestamptz + interval '1 hour',
              tstzrange(${start}, ${start}::timestamptz + interval '1 hour', '[]'), 'EUR', ${start}, ${start}) returning id`
    return row?.id ?? ''
  }
  const step = (id: string, to: Status) => db.sys`update trips set status = ${to} where id = ${id}`
  const trip = async (status: Status) => {
    const [first, ...rest] = ways[status]
    const id = await begin(first ?? 'held')
    for (const to of rest) await step(id, to)
    return id
  }
  const pairs = statuses.flatMap((from) =>
    statuses.filter((to) => to !== from).map((to) => ({ from, to, legal: allowed[from].includes(to) })),
  )

  test('are these pairs and no others: 13 legal, 59 refused', async () => {
    expect(pairs.filter(({ legal }) => legal)).toHaveLength(13)
    const rows = await db.sys<{ from: Status; to: Status }[]>`
      select from_status as from, to_status as to from trip_transitions where from_status <> 'none' order by 1, 2`
    const legal = pairs.filter((pair) => pair.legal).map(({ from, to }) => `${from} > ${to}`)
    expect(rows.map(({ from, to }) => `${from} > ${to}`).sort()).toEqual(legal.sort())
  })

  test.each(pairs)('$from to $to: legal is $legal, else INVALID_STATE (FF002)', async ({ from, to, legal }) => {
    const id = await trip(from)
    if (from === 'confirmed' && to === 'completed') {
      expect(await sqlstate(step(id, to))).toBe('FF002')
      await superuser`update trips set purpose = 'repair' where id = ${id}`
    }
    expect(await sqlstate(step(id, to))).toBe(legal ? '00000' : 'FF002')
    const [after] = await db.sys`select status from trips where id = ${id}`
    expect(after?.status).toBe(legal ? to : from)
  })

  test.each(statuses)('staying %s is no step', async (status) => {
    expect(await sqlstate(step(await trip(status), status))).toBe('00000')
  })

  test.each(statuses)('beginning %s: only held, requested, confirmed and completed, else INVALID_STATE (FF002)', async (status) => {
    const legal = ['held', 'requested', 'confirmed', 'completed'].includes(status)
    expect(await sqlstate(begin(status))).toBe(legal ? '00000' : 'FF002')
  })

  test('are judged for every row of a statement, and for a superuser as well (FF002)', async () => {
    await trip('confirmed')
    await trip('completed')
    expect(await sqlstate(superuser`update trips set status = 'active' where status in ('confirmed', 'completed')`)).toBe('FF002')
    expect(
      await sqlstate(superuser`insert into trips select (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid(), 'status', 'expired'))).*
      from trips as t limit 3`),
    ).toBe('FF002')
  })
})

describe('the total of a trip', async () => {
  const db = await openTestDatabase()
  const superuser = openSuperuser(db)
  const crowd = openSuperuser(db, { max: 20 })
  const fleet = await makeFleet(db.sys, { cars: 3 })
  const renter = await makeUser(db.sys)
  const trips = await Promise.all(
    fleet.carIds.map((carId) => makeTrip(db.sys, fleet, { carId, renterId: renter, start: '2031-01-01T10:00Z', end: '2031-01-02T10:00Z' })),
  )
  const [one = '', two = ''] = trips

  const addLine = (trip: string, amount: number) => db.sys`
    insert into trip_lines (car_id, trip_id, id, kind, description, quantity, unit_amount, amount)
    select car_id, id, private.uuid_v7(), 'adjustment', 'Test', 1, ${amount}, ${amount} from trips where id = ${trip}`
  const totals = async () =>
    (await db.sys<{ cost: number }[]>`select total_cost::integer as cost from trips order by id`).map((row) => row.cost)
  const ordered = [...trips].sort()
  const expected = (costs: Record<string, number>) => ordered.map((id) => costs[id] ?? 0)

  test('follows lines that are inserted, changed and deleted, one or many at once, of one trip or several', async () => {
    await addLine(one, 500)
    await addLine(one, -120)
    await addLine(two, 70)
    expect(await totals()).toEqual(expected({ [one]: 380, [two]: 70 }))
    await db.sys`insert into trip_lines (car_id, trip_id, id, kind, description, quantity, unit_amount, amount)
      select car_id, id, private.uuid_v7(), 'adjustment', 'Test', n, 10, n * 10 from trips, generate_series(1, 3) as n`
    expect(await totals()).toEqual(expected(Object.fromEntries(trips.map((id) => [id, 60 + (id === one ? 380 : id === two ? 70 : 0)]))))
    await superuser`update trip_lines set amount = amount * 2, unit_amount = unit_amount * 2 where trip_id in (${one}, ${two})`
    expect(await totals()).toEqual(expected(Object.fromEntries(trips.map((id) => [id, id === one ? 880 : id === two ? 260 : 60]))))
    await db.sys`delete from trip_lines where trip_id = ${one} and amount < 0`
    expect((await totals()).reduce((a, b) => a + b)).toBe(1120 + 260 + 60)
    await db.sys`delete from trip_lines`
    expect(await totals()).toEqual([0, 0, 0])
  })

  test('moves with a line that moves to another trip', async () => {
    await addLine(one, 500)
    const [target] = await db.sys<{ car_id: string }[]>`select car_id from trips where id = ${two}`
    await superuser`update trip_lines set car_id = ${target?.car_id ?? ''}, trip_id = ${two} where trip_id = ${one}`
    expect(await totals()).toEqual(expected({ [two]: 500 }))
    await db.sys`delete from trip_lines`
  })

  test('is exact when 20 connections add lines at once', async () => {
    await Promise.all(
      Array.from(
        { length: 20 },
        (_, i) => crowd`
        insert into trip_lines (car_id, trip_id, id, kind, description, quantity, unit_amount, amount)
        select car_id, id, private.uuid_v7(), 'adjustment', 'Test', 1, ${i}, ${i} from trips where id = ${one}`,
      ),
    )
    expect(await totals()).toEqual(expected({ [one]: 190 }))
  })

  test('cannot be written by hand, whatever the role (42501)', async () => {
    for (const role of ['fleetflow_fn', 'fleetflow_api']) {
      const attempts = ['update trips set total_cost = 1', `insert into trips (car_id, id, total_cost) values (null, null, 1)`]
      for (const attempt of attempts) {
        const work = superuser.begin(async (sql) => {
          await sql.unsafe(`set local role ${role}`)
          await sql.unsafe(attempt)
        })
        expect(await sqlstate(work), `${role}: ${attempt}`).toBe('42501')
      }
    }
    for (const role of ['fleetflow_sys', 'fleetflow_owner']) {
      const byHand = superuser.begin(async (sql) => {
        await sql.unsafe(`set local role ${role}`)
        await sql`update trips set total_cost = total_cost + 1`
      })
      expect(await sqlstate(byHand), role).toBe('42501')
    }
    const editing = superuser.begin(async (sql) => {
      await sql.unsafe('set local role fleetflow_fn')
      await sql`update trip_lines set amount = 0`
    })
    expect(await sqlstate(editing)).toBe('42501')
  })

  test('is the sum of the lines that a booking shows', async () => {
    const args = { car_id: firstCar(fleet), start_date: '2031-02-01T10:00Z', end_date: '2031-02-03T12:00Z', actor: as(renter) }
    const { id, totalCost } = (await call(db.api, 'create_trip_rpc', args)) as { id: string; totalCost: number }
    const { lines } = (await call(db.api, 'get_trip_rpc', { trip_id: id, actor: as(renter) })) as { lines: { amount: number }[] }
    expect(totalCost).toBe(11_600)
    expect(lines.reduce((sum, line) => sum + line.amount, 0)).toBe(totalCost)
  })
})
