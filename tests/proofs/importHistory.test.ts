// The real trip history, and a generated one where it is not there: exact refusals, bounded memory, and a database that verifies.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { verify } from '@fleetflow/db/admin'
import { describe, expect, test, vi } from 'vitest'
import { fleetflow, megabytesOf } from '../support/commands.ts'
import { openTestDatabase } from '../support/database.ts'
import { testDataFolder } from '../support/testData.ts'
import { historyOf, temporaryFolder, writeTrips } from '../support/tripFile.ts'

vi.setConfig({ testTimeout: 600_000 })

const memoryLimit = 300
const folder = temporaryFolder()
const db = await openTestDatabase()

async function importFile(file: string, fleet: string, map: string, ...more: string[]) {
  const args = ['import', 'trips', file, '--fleet', fleet, '--create-fleet', '--map', map, '--json', ...more]
  // A small heap: what counts is what the import holds on to, not when the collector comes round. An import that held its rows would die of it.
  const run = await fleetflow(args, { DATABASE_ADMIN_URL: db.adminUrl, NODE_OPTIONS: '--max-semi-space-size=4 --max-old-space-size=64' })
  expect(run.code, run.stderr).toBe(0)
  return { ...run.json(), megabytes: megabytesOf(run) }
}

const everythingVerified = async () => expect(await verify(db.adminUrl)).toMatchObject({ ok: true, problems: [] })

describe('importing a generated history', () => {
  const map = 'vehicle=car,start=from,end=to,id=trip'

  test('with known overlaps refuses exactly those, closed and half-open (TRIP_OVERLAP)', async () => {
    const history = historyOf({ vehicles: 100, groups: 40 })
    const file = writeTrips(folder, 'generated.csv.gz', history.text)
    expect(await importFile(file, 'closed', map)).toMatchObject({ rows: history.rows, ...history.closed })
    expect(await importFile(file, 'half-open', map, '--back-to-back')).toMatchObject({ rows: history.rows, ...history.halfOpen })
    await everythingVerified()
  })

  test('of half a million rows takes no more memory than one of five thousand needs room for', async () => {
    const small = historyOf({ vehicles: 50, groups: 25 })
    const large = historyOf({ vehicles: 50, groups: 25, copies: 100 })
    const few = await importFile(writeTrips(folder, 'small.csv', small.text), 'small', map)
    const many = await importFile(writeTrips(folder, 'large.csv', large.text), 'large', map)
    expect(many).toMatchObject({ rows: 500_000, inserted: small.closed.inserted, already: small.closed.inserted * 99 })
    expect(many.megabytes).toBeLessThan(memoryLimit)
    expect(many.megabytes - few.megabytes).toBeLessThan(50)
  })
})

const isThere = existsSync(join(testDataFolder, 'babs2014_trips.csv.gz'))

// The reporter says in the last lines of the run when the data is not there.
describe.runIf(isThere)('importing the real trips of 2014', () => {
  const map = 'vehicle=bike_id,start=start_date,end=end_date,id=trip_id'

  test.each([
    ['babs2014_trips_sample.csv.gz', [], { rows: 7_587, inserted: 7_445, refused: 142 }],
    ['babs2014_trips_sample.csv.gz', ['--back-to-back'], { rows: 7_587, inserted: 7_503, refused: 84 }],
    ['babs2014_trips.csv.gz', [], { rows: 326_339, inserted: 324_421, refused: 1_918 }],
    ['babs2014_trips.csv.gz', ['--back-to-back'], { rows: 326_339, inserted: 326_255, refused: 84 }],
  ])('%s %j refuses exactly the rows that overlap (TRIP_OVERLAP)', async (name, more, expected) => {
    const fleet = `${name.replace(/\W|_/g, '-').slice(0, 40)}${more.join('')}`
    const result = await importFile(join(testDataFolder, name), fleet, map, ...more)
    expect(result).toMatchObject({ ...expected, already: 0, refusedByCode: { TRIP_OVERLAP: expected.refused } })
    expect(result.megabytes).toBeLessThan(memoryLimit)
  })

  test('leaves a database that verifies', everythingVerified)
})
