// What an import makes of bad rows, odd files and wrong arguments.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { ImportError, type ImportOptions, importTrips, parseColumnMap } from '@fleetflow/db/admin'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { makeFleet } from '../support/fixtures.ts'
import { temporaryFolder, tripColumns, tripMap, writeTrips } from '../support/tripFile.ts'

const good = '2020-01-01T10:00:00Z,2020-01-01T11:00:00Z'

describe('importTrips', async () => {
  const db = await openTestDatabase()
  const folder = temporaryFolder()
  const fleet = await makeFleet(db.sys, { cars: 0 })
  const run = (file: string, options: Partial<ImportOptions> = {}) =>
    importTrips(db.adminUrl, { file, fleet: fleet.slug, map: tripMap, ...options })
  const importError = async (work: Promise<unknown>): Promise<string> => {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(ImportError)
    return (error as ImportError).message
  }

  test.each([
    ['a naive start', '1,a,2020-01-01T10:00:00,2020-01-01T11:00:00Z', 'BAD_INPUT,start,OFFSET_REQUIRED'],
    ['a naive end', '1,a,2020-01-01T10:00:00Z,2020-01-01 11:00', 'BAD_INPUT,end,OFFSET_REQUIRED'],
    ['an offset beyond 15:59', '1,a,2020-01-01T10:00:00+16:00,2020-01-01T11:00:00Z', 'BAD_INPUT,start,DATE_INVALID'],
    ['a day that does not exist', '1,a,2019-02-29T10:00:00Z,2020-01-01T11:00:00Z', 'BAD_INPUT,start,DATE_INVALID'],
    ['a month that does not exist', '1,a,2020-13-01T10:00:00Z,2020-01-01T11:00:00Z', 'BAD_INPUT,start,DATE_INVALID'],
    ['an hour that does not exist', '1,a,2020-01-01T24:00:00Z,2020-01-01T11:00:00Z', 'BAD_INPUT,start,DATE_INVALID'],
    ['infinity', '1,a,-infinity,2020-01-01T11:00:00Z', 'BAD_INPUT,start,DATE_INVALID'],
    ['no start', '1,a,,2020-01-01T11:00:00Z', 'BAD_INPUT,start,REQUIRED'],
    ['a row that ends early', '1,a,2020-01-01T10:00:00Z', 'BAD_INPUT,end,REQUIRED'],
    ['a reversed period', '1,a,2020-01-01T11:00:00Z,2020-01-01T10:00:00Z', 'BAD_INPUT,end,PERIOD_INVALID'],
    ['an empty period', '1,a,2020-01-01T10:00:00Z,2020-01-01T12:00:00+02:00', 'BAD_INPUT,end,PERIOD_INVALID'],
    ['a year before 1900', '1,a,1899-12-31T23:59:59Z,1900-01-01T11:00:00Z', 'BAD_INPUT,start,PERIOD_INVALID'],
    ['a year after 9998', '1,a,9998-12-31T10:00:00Z,9999-01-01T00:00:00Z', 'BAD_INPUT,end,PERIOD_INVALID'],
    ['more than 366 days', '1,a,2020-01-01T10:00:00Z,2021-01-01T10:00:01Z', 'TOO_LONG,end,'],
    ['no vehicle', `1,  ,${good}`, 'BAD_INPUT,vehicle,REQUIRED'],
    ['a vehicle name above 200 characters', `1,${'v'.repeat(201)},${good}`, 'BAD_INPUT,vehicle,TEXT_TOO_LONG'],
    ['NUL in a name', `1,a\0b,${good}`, 'BAD_INPUT,vehicle,TEXT_INVALID'],
    ['no id', `,a,${good}`, 'BAD_INPUT,id,REQUIRED'],
  ])('refuses %s and stores the rows around it', async (name, row, expected) => {
    const own = await makeFleet(db.sys, { cars: 0 })
    const file = writeTrips(folder, 'bad.csv', [tripColumns, `before,x,${good}`, row, `after,y,${good}`].join('\n'))
    const rejects = join(folder, 'bad-rejects.csv')
    expect(await run(file, { fleet: own.id, rejects }), name).toMatchObject({ rows: 3, inserted: 2, refused: 1 })
    expect(readFileSync(rejects, 'utf8').split('\n')[1]).toBe(`3,${expected},,,,,${row}`)
  })

  test('the rejects file can be put right and imported', async () => {
    const own = await makeFleet(db.sys, { cars: 0 })
    const file = writeTrips(
      folder,
      'wrong.csv',
      `car,note,trip,from,to\na,"said ""no"", then\nleft",1,2020-01-01T10:00,2020-01-01T11:00Z\n`,
    )
    const rejects = join(folder, 'wrong-rejects.csv')
    expect(await run(file, { fleet: own.id, rejects })).toMatchObject({ inserted: 0, refused: 1 })
    writeFileSync(rejects, readFileSync(rejects, 'utf8').replace('10:00,', '10:00Z,'))
    expect(await run(rejects, { fleet: own.id })).toMatchObject({ inserted: 1, refused: 0 })
  })

  test('reads a byte order mark, CRLF, quoted names and gzip whatever the name says', async () => {
    const own = await makeFleet(db.sys, { cars: 0 })
    const text = `\uFEFF"trip", car ,"from",to\r\n"1","Bus, ""Berta""",${good}\r\n\r\n`
    const file = join(folder, 'odd.csv')
    writeFileSync(file, gzipSync(text))
    expect(await run(file, { fleet: own.id })).toMatchObject({ rows: 1, inserted: 1 })
    const [car] = await db.sys`select name, external_id from cars where fleet_id = ${own.id}`
    expect(car).toEqual({ name: 'Bus, "Berta"', external_id: 'Bus, "Berta"' })
  })

  test('a header alone is a history without trips', async () => {
    expect(await run(writeTrips(folder, 'header.csv', tripColumns))).toMatchObject({ rows: 0, inserted: 0, refused: 0, already: 0 })
  })

  test('names the column that the file lacks and lists those it has', async () => {
    const file = writeTrips(folder, 'columns.csv', `${tripColumns}\n`)
    expect(await importError(run(file, { map: { ...tripMap, vehicle: 'bike' } }))).toBe(
      "The file has no column 'bike' (mapped to vehicle); its columns are: trip, car, from, to",
    )
    const twice = writeTrips(folder, 'twice.csv', 'trip,car,from,to,car\n')
    expect(await importError(run(twice))).toBe("The file has two columns 'car' (mapped to vehicle)")
  })

  test.each([
    ['vehicle=car,start=from', "The mapping lacks 'end'"],
    ['vehicle=car,start=from,end=to,price=cost', "The mapping has 'price=cost' where FIELD=COLUMN is expected"],
    ['vehicle', "The mapping has 'vehicle' where FIELD=COLUMN is expected"],
    ['vehicle=a,vehicle=b,start=from,end=to', "The mapping names 'vehicle' twice"],
  ])('explains the mapping %s', (text, message) => {
    expect(() => parseColumnMap(text)).toThrow(message)
  })

  test('explains files that cannot be read, keeping what came before the damage', async () => {
    expect(await importError(run(join(folder, 'nowhere.csv')))).toBe(`There is no file ${join(folder, 'nowhere.csv')}`)
    expect(await importError(run(folder))).toBe(`${folder} is a directory`)
    expect(await importError(run(writeTrips(folder, 'empty.csv', '')))).toContain('is empty')
    expect(await importError(run(writeTrips(folder, 'quote.csv', `${tripColumns}\n"1,a,${good}\n`)))).toContain('is no well-formed CSV')
    const whole = gzipSync(`${tripColumns}\n${Array.from({ length: 3000 }, (_, i) => `${i},${Math.random()},${good}`).join('\n')}\n`)
    const cut = join(folder, 'cut.csv.gz')
    writeFileSync(cut, whole.subarray(0, whole.length / 2))
    expect(await importError(run(cut))).toContain('is damaged or incomplete')
  })

  test('says that a fleet does not exist, and makes it when asked', async () => {
    const file = writeTrips(folder, 'fleet.csv', `${tripColumns}\n1,a,${good}\n`)
    expect(await importError(run(file, { fleet: 'nobody' }))).toBe("There is no fleet 'nobody'; --create-fleet makes one")
    const createFleet = { currency: 'USD', timeZone: 'America/Los_Angeles' }
    expect(await run(file, { fleet: 'bay-area', createFleet })).toMatchObject({ inserted: 1 })
    expect(await run(file, { fleet: 'bay-area', createFleet })).toMatchObject({ already: 1 })
    const [made] = await db.sys`
      select f.currency, f.time_zone, u.name, count(*) over ()::integer as fleets
        from fleets as f join users as u on u.id = f.system_user_id where f.slug = 'bay-area'`
    expect(made).toEqual({ currency: 'USD', time_zone: 'America/Los_Angeles', name: 'bay-area (system)', fleets: 1 })
    for (const wrong of [
      { currency: 'usd', timeZone: 'UTC' },
      { currency: 'USD', timeZone: 'Mars/Olympus' },
    ]) {
      expect(await importError(run(file, { fleet: 'mars', createFleet: wrong }))).toContain("No fleet can be made of the slug 'mars'")
    }
    expect(await importError(run(file, { carClass: 'No Slug' }))).toContain('is no slug')
  })
})
