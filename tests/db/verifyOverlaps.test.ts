// The window scan that verifies overlaps against a self-join, on random trips with every kind of bound and without constraint or index.
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { makeFleet } from '../support/fixtures.ts'

const db = await openTestDatabase()
const fleet = await makeFleet(db.sys, { cars: 6 })
await db.admin.unsafe('set role fleetflow_owner')
for (const guard of [
  'prevent_overlap',
  'trips_blocked_covers',
  'trips_blocked_bounds',
  'trips_blocked_finite',
  'trips_one_active_per_car',
]) {
  await db.admin.unsafe(guard === 'trips_one_active_per_car' ? `drop index ${guard}` : `alter table trips drop constraint ${guard}`)
}

/** Stores trips with these blocked ranges on the first car, in order; answers which of them verify reports as late. */
async function lateOf(ranges: string[], status = 'completed'): Promise<number[]> {
  await db.sys`delete from trips`
  for (const [i, range] of ranges.entries()) await store(fleet.carIds[0] ?? '', String(i), range, status)
  const found = await db.sys<{ id: string }[]>`
    select t.external_id as id from private.verify_overlaps() as v join trips as t on t.id = (v ->> 'tripId')::uuid`
  return found.map((row) => Number(row.id)).sort((a, b) => a - b)
}

async function store(carId: string, externalId: string, range: string, status: string): Promise<void> {
  const first = status === 'cancelled' ? 'confirmed' : status
  await db.sys`
    insert into trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, blocked, currency, external_id, hold_expires_at)
    values (${carId}, private.uuid_v7(), ${fleet.id}, ${fleet.systemUserId}, 'rental', ${first}, '2020-01-01Z', '2020-01-02Z', ${range}, 'EUR', ${externalId}, now())`
  if (status !== first) await db.sys`update trips set status = ${status} where external_id = ${externalId}`
}

/** A small generator, so that a failure can be repeated from its seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * below)
  }
}

describe('verify_overlaps', () => {
  const day = (n: number) => `2020-01-${String(n).padStart(2, '0')} 00:00:00Z`

  test.each([
    ['closed bounds that touch', [`[${day(1)},${day(2)}]`, `[${day(2)},${day(3)}]`], [1]],
    ['an open end that touches', [`[${day(1)},${day(2)})`, `[${day(2)},${day(3)}]`], []],
    ['an open start that touches', [`[${day(1)},${day(2)}]`, `(${day(2)},${day(3)}]`], []],
    ['one microsecond in common', [`[${day(1)},2020-01-02 00:00:00.000001Z)`, `[${day(2)},${day(3)})`], [1]],
    ['one microsecond apart', [`[${day(1)},2020-01-01 23:59:59.999999Z]`, `[${day(2)},${day(3)}]`], []],
    ['a long trip behind a short one', [`[${day(1)},${day(9)})`, `[${day(2)},${day(3)})`, `[${day(5)},${day(6)})`], [1, 2]],
    [
      'an end that is reached by an earlier trip only',
      [`[${day(1)},${day(9)}]`, `[${day(2)},${day(3)}]`, `[${day(9)},${day(10)}]`],
      [1, 2],
    ],
    ['equal periods', [`[${day(1)},${day(2)})`, `[${day(1)},${day(2)})`], [1]],
    ['no end', [`[${day(1)},)`, `[${day(20)},${day(21)}]`], [1]],
    ['infinity', [`[${day(1)},infinity]`, `[${day(20)},${day(21)}]`], [1]],
    ['nothing', ['empty', `[${day(20)},${day(21)}]`], []],
  ])('%s', async (_name, ranges, late) => {
    expect(await lateOf(ranges)).toEqual(late)
  })

  test('leaves out trips that do not occupy', async () => {
    expect(await lateOf([`[${day(1)},${day(2)}]`, `[${day(1)},${day(2)}]`], 'cancelled')).toEqual([])
  })

  test.each([1, 2, 3, 4])('finds what a self-join finds on random trips (seed %i)', async (seed) => {
    await db.sys`delete from trips`
    const random = randomFrom(seed)
    const rows = Array.from({ length: 400 }, (_, i) => {
      const start = random(3000)
      const end = start + 1 + random(seed * 12)
      const range = `${random(4) === 0 ? '(' : '['}epoch+${start},epoch+${end}${random(2) === 0 ? ']' : ')'}`
      return { car: fleet.carIds[random(6)] ?? '', id: String(i), range, status: random(5) === 0 ? 'held' : 'completed' }
    })
    const instant = (text: string) => text.replace(/epoch\+(\d+)/g, (_, minutes) => new Date(Number(minutes) * 60_000).toISOString())
    await db.sys`
      insert into trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, blocked, currency, external_id, hold_expires_at)
      select r.car, gen_random_uuid(), ${fleet.id}, ${fleet.systemUserId}, 'rental', r.status, '2020-01-01Z', '2020-01-02Z', r.blocked, 'EUR', r.id, now()
        from unnest(${rows.map((r) => r.car)}::uuid[], ${rows.map((r) => r.id)}::text[], ${rows.map((r) => r.status)}::text[],
                    ${rows.map((r) => instant(r.range))}::text[]::tstzrange[]) as r (car, id, status, blocked)`
    const scanned = await db.sys<{ late: string; early: string }[]>`
      select v ->> 'tripId' as late, v ->> 'otherTripId' as early from private.verify_overlaps() as v`
    const joined = await db.sys<{ late: string; early: string }[]>`
      with ordered as (
        select t.*, row_number() over (partition by car_id order by lower(blocked), not lower_inc(blocked), id) as n from trips as t)
      select b.id as late, a.id as early from ordered as a join ordered as b on b.car_id = a.car_id and b.n > a.n and a.blocked && b.blocked`
    expect(joined.length).toBeGreaterThan(20)
    expect(new Set(scanned.map((row) => row.late))).toEqual(new Set(joined.map((row) => row.late)))
    expect(scanned).toHaveLength(new Set(scanned.map((row) => row.late)).size)
    const pairs = new Set(joined.map((row) => `${row.early} ${row.late}`))
    expect(scanned.filter((row) => !pairs.has(`${row.early} ${row.late}`))).toEqual([])
  })
})
