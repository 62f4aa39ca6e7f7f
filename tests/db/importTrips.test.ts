// Importing a trip history: what is stored and refused, in which order, and that nothing happens twice.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ImportOptions, importTrips, verify } from '@fleetflow/db/admin'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { makeFleet } from '../support/fixtures.ts'
import { historyOf, temporaryFolder, tripColumns, tripMap, writeTrips } from '../support/tripFile.ts'

describe('importTrips', async () => {
  const db = await openTestDatabase()
  const folder = temporaryFolder()

  const run = (options: Omit<ImportOptions, 'map'> & Partial<ImportOptions>) => importTrips(db.adminUrl, { map: tripMap, ...options })
  /** A fleet of its own and a file of these rows. */
  const prepare = async (name: string, ...rows: string[]) => {
    const fleet = await makeFleet(db.sys, { cars: 0 })
    return { fleet, file: writeTrips(folder, name, [tripColumns, ...rows, ''].join('\n')) }
  }
  const storedIn = (fleetId: string) => db.sys<{ id: string; from: string; to: string; blocked: string }[]>`
    select t.external_id as id, private.iso(t.trip_start_date) as "from", private.iso(t.trip_end_date) as "to", t.blocked::text
      from trips as t where t.fleet_id = ${fleetId} order by t.id`

  test('stores completed rentals of the system user without buffers and price, on cars it makes in the class it is told', async () => {
    const { fleet, file } = await prepare(
      'plain.csv',
      '1,b,2020-01-01T10:00:00+02:00,2020-01-01 11:00:00.123456Z',
      '2,a,2020-01-01T10:00Z,2020-01-02T10:00Z',
    )
    expect(await run({ file, fleet: fleet.slug, carClass: 'bikes' })).toMatchObject({ rows: 2, inserted: 2, refused: 0, already: 0 })
    expect(await storedIn(fleet.id)).toEqual([
      {
        id: '1',
        from: '2020-01-01T08:00:00.000Z',
        to: '2020-01-01T11:00:00.123456Z',
        blocked: '["2020-01-01 08:00:00+00","2020-01-01 11:00:00.123456+00"]',
      },
      {
        id: '2',
        from: '2020-01-01T10:00:00.000Z',
        to: '2020-01-02T10:00:00.000Z',
        blocked: '["2020-01-01 10:00:00+00","2020-01-02 10:00:00+00"]',
      },
    ])
    const [facts] = await db.sys`
      select array_agg(distinct t.status) as status, array_agg(distinct t.purpose) as purpose, array_agg(distinct t.booked_by_id) as booker,
             sum(t.total_cost)::integer as cost, sum(t.prep_minutes + t.turnaround_minutes)::integer as buffers,
             array_agg(distinct k.slug) as class, array_agg(distinct c.name order by c.name) as cars, array_agg(distinct c.time_zone) as zones
        from trips as t join cars as c on c.id = t.car_id join car_classes as k on k.id = c.car_class_id where t.fleet_id = ${fleet.id}`
    expect(facts).toEqual({
      status: ['completed'],
      purpose: ['rental'],
      booker: [fleet.systemUserId],
      cost: 0,
      buffers: 0,
      class: ['bikes'],
      cars: ['a', 'b'],
      zones: ['Europe/Lisbon'],
    })
  })

  test('keeps the order of the file: the later of two rows that overlap is refused with the trip in the way (TRIP_OVERLAP)', async () => {
    const { fleet, file } = await prepare(
      'order.csv',
      'late,a,2020-01-01T12:00Z,2020-01-01T14:00Z',
      'early,a,2020-01-01T10:00Z,2020-01-01T13:00Z',
      'after,a,2020-01-01T15:00Z,2020-01-01T16:00Z',
    )
    const rejects = join(folder, 'order-rejects.csv')
    expect(await run({ file, fleet: fleet.id, rejects })).toMatchObject({ inserted: 2, refused: 1, refusedByCode: { TRIP_OVERLAP: 1 } })
    const [first, ...others] = await db.sys<{ id: string; external: string }[]>`
      select id, external_id as external from trips where fleet_id = ${fleet.id} order by id`
    expect([first?.external, ...others.map((trip) => trip.external)]).toEqual(['late', 'after'])
    expect(readFileSync(rejects, 'utf8')).toBe(
      'line,code,field,reason,conflict_id,conflict_external_id,conflict_start,conflict_end,trip,car,from,to\n' +
        `3,TRIP_OVERLAP,,,${first?.id},late,2020-01-01T12:00:00.000Z,2020-01-01T14:00:00.000Z,early,a,2020-01-01T10:00Z,2020-01-01T13:00Z\n`,
    )
  })

  test.each([
    ['closed', false],
    ['halfOpen', true],
  ] as const)('a generated history with known overlaps: %s bounds refuse exactly those (TRIP_OVERLAP)', async (bounds, backToBack) => {
    const history = historyOf({ vehicles: 30, groups: 60 })
    const fleet = await makeFleet(db.sys, { cars: 0 })
    const file = writeTrips(folder, `${bounds}.csv.gz`, history.text)
    const options = { file, fleet: fleet.slug, backToBack, rejects: join(folder, `${bounds}-rejects.csv`) }
    const first = await run(options)
    expect(first).toMatchObject({
      rows: history.rows,
      ...history[bounds],
      already: 0,
      refusedByCode: { TRIP_OVERLAP: history[bounds].refused },
    })
    expect(readFileSync(options.rejects, 'utf8').split('\n')).toHaveLength(history[bounds].refused + 2)

    const again = await run(options)
    expect(again).toMatchObject({ inserted: 0, refused: history[bounds].refused, already: history[bounds].inserted })
    expect(await storedIn(fleet.id)).toHaveLength(history[bounds].inserted)
  })

  test('an import that was interrupted goes on where it stopped, and ends as if it had not been', async () => {
    const history = historyOf({ vehicles: 10, groups: 450 })
    const fleet = await makeFleet(db.sys, { cars: 0 })
    const file = writeTrips(folder, 'interrupted.csv', history.text)
    const controller = new AbortController()
    const stopped = await run({ file, fleet: fleet.slug, signal: controller.signal, onProgress: () => controller.abort() })
    expect(stopped).toMatchObject({ interrupted: true, already: 0 })
    expect(stopped.rows).toBeGreaterThan(0)
    expect(stopped.rows).toBeLessThan(history.rows)
    expect(stopped.lastLine).toBe(stopped.rows + 1)
    expect(await storedIn(fleet.id)).toHaveLength(stopped.inserted)

    const rest = await run({ file, fleet: fleet.slug })
    expect(rest).toMatchObject({ interrupted: false, rows: history.rows, already: stopped.inserted, refused: history.closed.refused })
    expect(stopped.inserted + rest.inserted).toBe(history.closed.inserted)
  })

  test('four imports of one file at once store every trip once and make no car twice', async () => {
    const history = historyOf({ vehicles: 40, groups: 15 })
    const fleet = await makeFleet(db.sys, { cars: 0 })
    const file = writeTrips(folder, 'together.csv', history.text)
    const results = await Promise.all(Array.from({ length: 4 }, () => run({ file, fleet: fleet.slug })))
    expect(results.map((r) => r.refused)).toEqual(Array.from({ length: 4 }, () => history.closed.refused))
    expect(results.reduce((sum, r) => sum + r.inserted, 0)).toBe(history.closed.inserted)
    const [cars] = await db.sys`select count(*)::integer as count from cars where fleet_id = ${fleet.id}`
    expect(cars?.count).toBe(40)
  })

  test('rows with one id: the first that can be stored is, later ones are known (already)', async () => {
    const { fleet, file } = await prepare(
      'ids.csv',
      'x,a,2020-01-01T10:00Z,2020-01-01T11:00Z',
      'y,a,2020-01-01T10:30Z,2020-01-01T11:30Z',
      'y,a,2020-01-01T12:00Z,2020-01-01T13:00Z',
      'y,a,2020-01-01T14:00Z,2020-01-01T15:00Z',
      'y,b,2020-01-01T14:00Z,2020-01-01T15:00Z',
    )
    expect(await run({ file, fleet: fleet.slug })).toMatchObject({ inserted: 3, refused: 1, already: 1 })
    expect((await storedIn(fleet.id)).map((trip) => `${trip.id} ${trip.from.slice(11, 16)}`)).toEqual(['x 10:00', 'y 12:00', 'y 14:00'])
  })

  test('without an id column a trip is known by its vehicle and period', async () => {
    const { fleet, file } = await prepare('no-id.csv', '1,a,2020-01-01T10:00Z,2020-01-01T11:00Z', '2,b,2020-01-01T10:00Z,2020-01-01T11:00Z')
    const { id: _, ...map } = tripMap
    expect(await run({ file, fleet: fleet.slug, map })).toMatchObject({ inserted: 2, already: 0 })
    expect(await run({ file, fleet: fleet.slug, map })).toMatchObject({ inserted: 0, already: 2 })
  })

  test('a mapped cost becomes one line in minor units of its currency, and the total follows', async () => {
    const fleet = await makeFleet(db.sys, { cars: 0 })
    const rows = ['1,12.5,', '2,0,', '3,,', '4,1250,JPY', '5,1.234,KWD', '6,3.00,JPY', '7,1.999,EUR', '8,-3,EUR', '9,3,euro', '10,1e3,']
    const text = rows.map(
      (row, i) => `a,2020-01-0${(i % 9) + 1}T1${Math.floor(i / 9)}:00Z,2020-01-0${(i % 9) + 1}T1${Math.floor(i / 9)}:30Z,${row}`,
    )
    const file = writeTrips(folder, 'costs.csv', ['car,from,to,trip,price,money', ...text].join('\n'))
    const rejects = join(folder, 'costs-rejects.csv')
    const map = { ...tripMap, cost: 'price', currency: 'money' }
    expect(await run({ file, fleet: fleet.slug, map, rejects })).toMatchObject({ inserted: 6, refused: 4, refusedByCode: { BAD_INPUT: 4 } })
    const stored = await db.sys`
      select t.external_id as id, t.total_cost::integer as total, t.currency, array_remove(array_agg(l.kind || ' ' || l.quantity || ' x ' || l.unit_amount), null) as lines
        from trips as t left join trip_lines as l on l.car_id = t.car_id and l.trip_id = t.id
       where t.fleet_id = ${fleet.id} group by 1, 2, 3 order by t.external_id`
    expect(stored).toEqual([
      { id: '1', total: 1250, currency: 'EUR', lines: ['imported 1 x 1250'] },
      { id: '2', total: 0, currency: 'EUR', lines: ['imported 1 x 0'] },
      { id: '3', total: 0, currency: 'EUR', lines: [] },
      { id: '4', total: 1250, currency: 'JPY', lines: ['imported 1 x 1250'] },
      { id: '5', total: 1234, currency: 'KWD', lines: ['imported 1 x 1234'] },
      { id: '6', total: 3, currency: 'JPY', lines: ['imported 1 x 3'] },
    ])
    expect(
      readFileSync(rejects, 'utf8')
        .split('\n')
        .slice(1, -1)
        .map((line) => line.split(',').slice(0, 4).join()),
    ).toEqual([
      '8,BAD_INPUT,cost,AMOUNT_INVALID',
      '9,BAD_INPUT,cost,AMOUNT_INVALID',
      '10,BAD_INPUT,currency,CURRENCY_INVALID',
      '11,BAD_INPUT,cost,AMOUNT_INVALID',
    ])
  })

  test('what was imported passes verify', async () => {
    const { ok, problems, counts } = await verify(db.adminUrl)
    expect(problems).toEqual([])
    expect(ok).toBe(true)
    expect(counts.trips).toBeGreaterThan(10_000)
    expect(counts.tripLines).toBe(5)
  })
})
