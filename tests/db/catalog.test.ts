// What the catalog must say about single objects; what it must say about all of them are lints (wall/lints.test.ts).
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'

describe('catalog', async () => {
  const db = await openTestDatabase()

  test('prevent_overlap is the constraint it should be', async () => {
    const [row] = await db.admin<
      { definition: string }[]
    >`select pg_get_constraintdef(oid) as definition from pg_constraint where conname = 'prevent_overlap'`
    expect(row?.definition.replaceAll("'::text", "'")).toBe(
      "EXCLUDE USING gist (car_id WITH =, blocked WITH &&) WHERE ((status = ANY (ARRAY['held', 'requested', 'confirmed', 'active', 'completed'])))",
    )
  })

  test('driver_busy and the seasons of a plan are kept apart by constraints as well', async () => {
    const rows = await db.admin<{ name: string; definition: string }[]>`
      select conname as name, pg_get_constraintdef(oid) as definition from pg_constraint where contype = 'x' and conname <> 'prevent_overlap' order by 1`
    expect(Object.fromEntries(rows.map((row) => [row.name, row.definition]))).toEqual({
      driver_busy: 'EXCLUDE USING gist (driver_id WITH =, period WITH &&)',
      rate_plan_seasons_apart: 'EXCLUDE USING gist (rate_plan_id WITH =, days WITH &&)',
    })
  })
})
