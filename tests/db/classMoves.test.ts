// Making room in a class: trips that were booked as any car change cars, a few at most, and never the ones that may not.
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { makeFleet, makeUser, refusal } from '../support/fixtures.ts'
import { sequence } from '../support/random.ts'
import { beginning, bookAny, type Laid, layOut, staircase } from '../support/schedule.ts'
import { openSuperuser } from '../support/superuser.ts'

describe('a class that is full only because its trips lie badly', async () => {
  const db = await openTestDatabase()
  const renter = await makeUser(db.sys)
  const wish = { from: 0, to: 2 }

  const carsOf = async (ids: string[]) => {
    const rows = await db.sys<{ id: string; car_id: string; version: number }[]>`
      select id, car_id, version from trips where id = any (${ids}::uuid[])`
    return ids.map((id) => rows.filter((row) => row.id === id).map(({ car_id, version }) => ({ carId: car_id, version })))
  }

  test.each([1, 2, 3])('takes one more trip by %i moves, and no other trip moves', async (moves) => {
    const fleet = await makeFleet(db.sys, { cars: moves + 1 })
    const laid = staircase(moves)
    const ids = await layOut(db.sys, fleet, renter, laid)
    const trip = await bookAny(db.api, fleet, renter, wish)
    expect(trip).toMatchObject({ carId: fleet.carIds[0], status: 'confirmed', pinned: false, version: 1 })
    expect(await carsOf(ids)).toEqual(
      laid.map(({ car, pinned }) => [pinned ? { carId: fleet.carIds[car], version: 1 } : { carId: fleet.carIds[car + 1], version: 2 }]),
    )
  })

  test('is full where it would take 4 moves (CLASS_FULL), and nothing has moved', async () => {
    const fleet = await makeFleet(db.sys, { cars: 5 })
    const laid = staircase(4)
    const ids = await layOut(db.sys, fleet, renter, laid)
    await refusal(bookAny(db.api, fleet, renter, wish), 'CLASS_FULL')
    expect(await carsOf(ids)).toEqual(laid.map(({ car }) => [{ carId: fleet.carIds[car], version: 1 }]))
  })

  test('is full when the trip in the way was booked as a certain car (CLASS_FULL)', async () => {
    const fleet = await makeFleet(db.sys, { cars: 2 })
    await layOut(
      db.sys,
      fleet,
      renter,
      staircase(1).map((trip) => ({ ...trip, pinned: true })),
    )
    await refusal(bookAny(db.api, fleet, renter, wish), 'CLASS_FULL')
  })

  test('moves a trip until 2 hours before its start and not after (CLASS_FULL)', async () => {
    const schedule = staircase(1)
    for (const [minutes, moved] of [
      [122, true],
      [119, false],
    ] as const) {
      const fleet = await makeFleet(db.sys, { cars: 2 })
      // Trip 1 of the schedule begins at hour 1.
      const origin = Date.now() + minutes * 60_000 - 3_600_000
      await layOut(db.sys, fleet, renter, schedule, origin)
      const booking = bookAny(db.api, fleet, renter, wish, { origin })
      if (moved) expect((await booking).carId).toBe(fleet.carIds[0])
      else await refusal(booking, 'CLASS_FULL')
    }
  })

  test.each([
    ['may not be moved any more', 'update trips set pinned = true where id = $1'],
    ['has begun', "update trips set status = 'active' where id = $1"],
    [
      'has lost its place elsewhere',
      `insert into trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, blocked, currency)
       select c.id, private.uuid_v7(), t.fleet_id, t.booked_by_id, 'rental', 'confirmed', t.trip_start_date, t.trip_end_date, t.blocked, 'EUR'
         from trips as t join cars as c on c.fleet_id = t.fleet_id and c.id <> t.car_id where t.id = $1`,
    ],
  ])('looks again under its locks: a trip that %s while the booking waits stays where it is (CLASS_FULL)', async (_what, change) => {
    const fleet = await makeFleet(db.sys, { cars: 2 })
    const [inTheWay] = await layOut(db.sys, fleet, renter, staircase(1))
    const superuser = openSuperuser(db)
    const watcher = openSuperuser(db)
    try {
      const [booking] = await superuser.begin(async (sql) => {
        await sql`select from cars where id = any (${fleet.carIds}::uuid[]) for no key update`
        const booking = bookAny(db.api, fleet, renter, wish).catch((error: unknown) => error)
        const waiting = () => watcher`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
        await expect.poll(async () => (await waiting()).length, { interval: 5, timeout: 10_000 }).toBe(1)
        await sql.unsafe(change, [inTheWay ?? ''])
        return [booking]
      })
      expect(await booking).toMatchObject({ code: 'CLASS_FULL' })
    } finally {
      await Promise.all([superuser.end(), watcher.end()])
    }
    expect((await carsOf([inTheWay ?? '']))[0]?.map(({ carId }) => carId)).toEqual([fleet.carIds[0]])
  })

  test('lets two trips change places', async () => {
    const fleet = await makeFleet(db.sys, { cars: 2 })
    const ids = await layOut(db.sys, fleet, renter, [
      { car: 0, from: 2, to: 9 },
      { car: 1, from: 5, to: 8 },
      { car: 1, from: 1, to: 2, pinned: true },
    ])
    const trip = await bookAny(db.api, fleet, renter, { from: 0, to: 3 }, { allocation: 'pinned' })
    expect(trip).toMatchObject({ carId: fleet.carIds[0], pinned: true })
    expect((await carsOf(ids)).map(([row]) => row)).toEqual([
      { carId: fleet.carIds[1], version: 2 },
      { carId: fleet.carIds[0], version: 2 },
      { carId: fleet.carIds[1], version: 1 },
    ])
  })

  test('keeps the price, the lines and the renter of a trip that it moves', async () => {
    const fleet = await makeFleet(db.sys, { cars: 2 })
    const [other, manager] = [await makeUser(db.sys), fleet.managerId]
    const [inTheWay] = await layOut(db.sys, fleet, renter, [{ car: 1, from: 0, to: 3, pinned: true }])
    const moved = await bookAny(db.api, fleet, manager, { from: 1, to: 3 }, { user_id: other })
    expect(moved.carId).toBe(fleet.carIds[0])
    await db.sys`delete from trips where id = ${inTheWay ?? null}`
    await layOut(db.sys, fleet, renter, [{ car: 1, from: 0, to: 1, pinned: true }])
    await bookAny(db.api, fleet, renter, wish)
    const [after] = await db.sys`
      select t.car_id as "carId", t.booked_by_id as "bookedById", t.total_cost::integer as "totalCost", t.version, t.pinned,
             (select sum(l.amount) from trip_lines l where l.car_id = t.car_id and l.trip_id = t.id)::integer as lines
        from trips as t where t.id = ${moved.id}`
    expect(after).toEqual({
      carId: fleet.carIds[1],
      bookedById: other,
      totalCost: moved.totalCost,
      lines: moved.totalCost,
      version: 2,
      pinned: false,
    })
  })

  test('moves nothing in a rehearsal (dryRun)', async () => {
    const fleet = await makeFleet(db.sys, { cars: 2 })
    const ids = await layOut(db.sys, fleet, renter, staircase(1))
    expect((await bookAny(db.api, fleet, renter, wish, { dry_run: true })).carId).toBe(fleet.carIds[0])
    expect((await carsOf(ids)).flat().every(({ version }) => version === 1)).toBe(true)
    expect(await db.sys`select from trips where fleet_id = ${fleet.id}`).toHaveLength(ids.length)
  })
})

/** The fewest trips that must change cars so that the wish fits somewhere, by trying everything; undefined if more than 3. */
function fewestMoves(cars: number, trips: Laid[], wish: { from: number; to: number }): number | undefined {
  const meet = (a: { from: number; to: number }, b: { from: number; to: number }) => a.from < b.to && b.from < a.to
  const fits = (car: number, item: { from: number; to: number }, placed: Laid[]) => placed.every((t) => t.car !== car || !meet(t, item))
  const apart = (placed: Laid[]) => placed.every((t, i) => placed.slice(0, i).every((o) => o.car !== t.car || !meet(o, t)))
  const everyCar = Array.from({ length: cars }, (_, car) => car)
  let arrangements = [trips]
  for (let moves = 0; moves <= 3; moves += 1) {
    if (arrangements.some((placed) => apart(placed) && everyCar.some((car) => fits(car, wish, placed)))) return moves
    arrangements = arrangements.flatMap((placed) =>
      placed.flatMap((trip, i) =>
        trip.pinned || trip !== trips[i] ? [] : everyCar.filter((car) => car !== trip.car).map((car) => placed.with(i, { ...trip, car })),
      ),
    )
  }
  return undefined
}

describe('against a model that tries every exchange of cars', async () => {
  const db = await openTestDatabase()
  const renter = await makeUser(db.sys)
  const cars = 3
  const fleet = await makeFleet(db.sys, { cars })

  test('a booking succeeds exactly when at most 3 moves make room, and by the fewest', async () => {
    const next = sequence(20_260)
    const seen: Record<string, number> = {}
    for (let round = 0; round < 300; round += 1) {
      const origin = beginning + round * 14 * 86_400_000
      const trips: Laid[] = []
      for (let car = 0; car < cars; car += 1) {
        for (let from = next(3); from < 9; ) {
          const to = from + 1 + next(4)
          trips.push({ car, from, to, pinned: next(4) === 0 })
          from = to + next(3)
        }
      }
      const from = next(8)
      const wish = { from, to: from + 1 + next(4) }
      const expected = fewestMoves(cars, trips, wish)
      await layOut(db.sys, fleet, renter, trips, origin)
      const booked = await bookAny(db.api, fleet, renter, wish, { origin }).then(
        () => true,
        (error: { code?: string }) => (error.code === 'CLASS_FULL' ? false : Promise.reject(error)),
      )
      const [moved] = await db.sys<{ count: number }[]>`
        select count(*)::integer as count from trips where fleet_id = ${fleet.id} and version > 1
           and trip_start_date between ${new Date(origin)} and ${new Date(origin + 13 * 86_400_000)}`
      expect({ round, moves: booked ? moved?.count : undefined }).toEqual({ round, moves: expected })
      seen[String(expected)] = (seen[String(expected)] ?? 0) + 1
    }
    // The seed shows every outcome.
    expect(Object.keys(seen).sort()).toEqual(['0', '1', '2', '3', 'undefined'])
    expect(await db.sys`select * from private.verify_overlaps()`).toEqual([])
  })
})
