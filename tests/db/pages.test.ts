// A page reads about as many rows as it shows, however much there is and however old the statistics are.
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { firstCar, makeFleet, makeUser } from '../support/fixtures.ts'
import { openSuperuser } from '../support/superuser.ts'

describe('a page of a long list', async () => {
  const db = await openTestDatabase()
  const superuser = openSuperuser(db)
  const fleet = await makeFleet(db.sys, { cars: 400 })
  const renter = await makeUser(db.sys)
  const trips = 4000
  await db.sys`
    insert into trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, blocked, currency)
    select ${firstCar(fleet)}, private.uuid_v7(), ${fleet.id}, ${renter}, 'rental', 'completed', s, e, tstzrange(s, e, '[]'), 'EUR'
      from generate_series(1, ${trips}) as n, lateral (select '2020-01-01Z'::timestamptz + n * interval '2 hours' as s) as a,
           lateral (select s + interval '1 hour' as e) as b`
  await db.sys`
    insert into reviews (car_id, id, trip_id, author_id, rating)
    select t.car_id, private.uuid_v7(), t.id, t.booked_by_id, 4 from trips as t`

  /** Rows of a table that one call reads, by sequence or through an index. */
  async function rowsRead(table: string, statement: string): Promise<number> {
    return superuser.begin(async (tx) => {
      const counted = async () => {
        const [row] = await tx<{ read: number }[]>`
          select (seq_tup_read + coalesce(idx_tup_fetch, 0))::int as read from pg_stat_xact_user_tables where relname = ${table}`
        return row?.read ?? Number.NaN
      }
      const before = await counted()
      await tx`set local role fleetflow_api`
      await tx.unsafe(statement)
      await tx`reset role`
      return (await counted()) - before
    })
  }

  const by = (user: string) => `actor => '{"userId":"${user}"}'`
  const cursor = `page_cursor => '1590000000000000.ffffffff-ffff-ffff-ffff-ffffffffffff'`

  test.each([
    ["one's own trips", 'trips', `select list_trips_rpc(${by(renter)})`],
    ["one's own trips from the middle", 'trips', `select list_trips_rpc(${by(renter)}, ${cursor})`],
    ["a fleet's trips", 'trips', `select list_trips_rpc(${by(fleet.ownerId)}, fleet => '${fleet.slug}')`],
    ["a car's trips", 'trips', `select list_trips_rpc(${by(renter)}, car_id => '${firstCar(fleet)}')`],
    ["a fleet's trips in a state", 'trips', `select list_trips_rpc(${by(fleet.ownerId)}, fleet => '${fleet.slug}', status => 'completed')`],
    ["one's own trips in a state", 'trips', `select list_trips_rpc(${by(renter)}, status => 'completed')`],
    ["a car's trips in a state", 'trips', `select list_trips_rpc(${by(renter)}, car_id => '${firstCar(fleet)}', status => 'completed')`],
    ["a car's reviews", 'reviews', `select list_reviews_rpc('${firstCar(fleet)}', ${by(renter)})`],
    ['cars', 'cars', `select list_cars_rpc(${by(renter)})`],
    ["a fleet's cars", 'cars', `select list_cars_rpc(${by(renter)}, fleet => '${fleet.slug}')`],
  ])('reads a bounded number of rows: %s', async (_, table, statement) => {
    const read = await rowsRead(table, statement)
    expect(read).toBeGreaterThanOrEqual(20)
    expect(read).toBeLessThanOrEqual(50)
  })

  test.each(['confirmed', 'held', 'expired', 'active'])('reads next to nothing where nothing is %s', async (status) => {
    for (const given of [`fleet => '${fleet.slug}'`, `car_id => '${firstCar(fleet)}'`]) {
      expect(await rowsRead('trips', `select list_trips_rpc(${by(fleet.ownerId)}, ${given}, status => '${status}')`)).toBeLessThanOrEqual(5)
    }
    expect(await rowsRead('trips', `select list_trips_rpc(${by(renter)}, status => '${status}')`)).toBeLessThanOrEqual(5)
  })

  test('reads next to nothing either when statistics are new and plans are general', async () => {
    await superuser`analyze trips`
    await superuser`set plan_cache_mode = force_generic_plan`
    for (const given of [`fleet => '${fleet.slug}'`, `car_id => '${firstCar(fleet)}'`]) {
      expect(await rowsRead('trips', `select list_trips_rpc(${by(fleet.ownerId)}, ${given}, status => 'confirmed')`)).toBeLessThanOrEqual(5)
    }
    expect(await rowsRead('trips', `select list_trips_rpc(${by(renter)}, status => 'held')`)).toBeLessThanOrEqual(5)
  })
})
