// At scale each read and each booking touches indexes and a bounded number of rows: counted by PostgreSQL inside the functions, not guessed from plans.
import { call, connect } from '@fleetflow/db'
import { adminOptions } from '@fleetflow/db/admin'
import postgres from 'postgres'
import { afterAll, describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { scaleCalls } from '../support/scaleCalls.ts'
import { makeScale } from '../support/scaleData.ts'
import { touched } from '../support/touched.ts'

describe('2,000 cars with 60,000 trips', async () => {
  const db = await openTestDatabase()
  const fleetCars = 500
  const scale = await makeScale(db.admin, { cars: 2000, trips: 60_000, hotTrips: 2000, fleetCars })
  const single = postgres(db.apiUrl, adminOptions('fleetflow-tests'))
  const sys = postgres(db.adminUrl, { ...adminOptions('fleetflow-tests'), connection: { role: 'fleetflow_sys', TimeZone: 'UTC' } })
  afterAll(async () => {
    await Promise.all([single.end(), sys.end()])
  })

  test.each(scaleCalls(scale, { fleetCars }))(
    '$name reads no table from end to end, and few rows',
    async ({ fn, args, refused, ...most }) => {
      // Twice: the first call of a session may plan for its values, later ones reuse a plan.
      for (const round of [1, 2]) {
        let answered: unknown
        const { scans, rows } = await touched(single, async (tx) => {
          answered = await call({ ...connect({ url: db.apiUrl }), sql: tx as never }, fn, args as never).then(
            () => undefined,
            (error: { code?: string }) => error.code ?? error,
          )
        })
        expect([round, answered]).toEqual([round, refused])
        for (const table of ['cars', 'trips', 'trip_lines', 'reviews', 'idempotency_keys'])
          expect([table, scans[table] ?? 0]).toEqual([table, 0])
        expect([rows.cars ?? 0, most.cars ?? 100]).toSatisfy(([read, limit]) => read <= limit)
        expect([rows.trips ?? 0, most.trips ?? 100]).toSatisfy(([read, limit]) => read <= limit)
      }
    },
  )

  test('control: a search without an index by place reads every car', async () => {
    const { scans, rows } = await touched(
      sys,
      (tx) => tx`
      select id from cars as c where retired_at is null order by private.metres_between(38000000, -9000000, lat_microdegrees, lng_microdegrees) limit 21`,
    )
    expect([scans.cars, rows.cars]).toEqual([1, 2001])
  })

  test('the nearest cars are read in the order of the index by place', async () => {
    const plan = await sys.begin(async (tx) => {
      await tx`set local enable_seqscan = off`
      await tx`set local enable_sort = off`
      return tx<{ 'QUERY PLAN': string }[]>`
        explain select c.id from cars as c where c.retired_at is null and c.lat_microdegrees is not null
          order by private.place_point(c.lat_microdegrees, c.lng_microdegrees) <-> private.place_point(38000000, -9000000)`
    })
    expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toMatch(/Index Scan using cars_(\w+_)?place_idx/)
  })
})
