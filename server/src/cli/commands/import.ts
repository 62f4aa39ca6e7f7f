// `fleetflow import trips`: a trip history from a CSV file.
import { resolve } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import {
  type ColumnMap,
  demoFleet,
  ImportError,
  type ImportProgress,
  type ImportResult,
  importTrips as importFile,
  parseColumnMap,
  seed,
} from '@fleetflow/db/admin'
import { callerDirectory, loadSettings } from '../../env.ts'
import { developmentIssuer } from '../../http/auth/developmentKey.ts'
import { defineCommand, UsageError } from '../command.ts'
import { openCurrentDatabase } from '../database.ts'
import { untilInterrupted } from '../interrupt.ts'

export const importTrips = defineCommand({
  summary: 'import a trip history from a CSV file',
  help: `Usage: pnpm fleetflow import trips FILE.csv[.gz] --fleet SLUG|ID --map FIELD=COLUMN,... [options]

  --fleet SLUG|ID    the fleet whose history it is; demo is made when it does not exist yet
  --map MAPPING      where the file has what, for example vehicle=bike_id,start=start_date,end=end_date,id=trip_id
                     fields: vehicle, start, end (ISO 8601 with an offset or Z); and, if the file has them,
                     id, cost (12.50, in units of the currency), currency (EUR; default the fleet's)
  --back-to-back     a trip may start at the very instant at which the one before it ends
  --rejects OUT.csv  write every refused row with its line, code and the trip in the way
  --class SLUG       class of cars that the file names for the first time (default imported); made when missing
  --create-fleet     make the fleet when there is none, with --currency (default EUR) and --time-zone (default UTC)

Of two rows that overlap on one vehicle the earlier one in the file is stored. Missing cars are made. Imported trips are completed
and cost nothing unless a cost is mapped. Running it twice changes nothing: trips are known by vehicle and id (without an id
column, by vehicle and period). Ctrl-C stops after the batch under way; the same command goes on from there.
Works on DATABASE_ADMIN_URL (default DATABASE_URL, without either the embedded database).

--json ends with { rows, inserted, refused, already, seconds, refusedByCode, lastLine, interrupted }.`,
  options: {
    fleet: { type: 'string' },
    map: { type: 'string' },
    'back-to-back': { type: 'boolean', default: false },
    rejects: { type: 'string' },
    class: { type: 'string', default: 'imported' },
    'create-fleet': { type: 'boolean', default: false },
    currency: { type: 'string', default: 'EUR' },
    'time-zone': { type: 'string', default: 'UTC' },
  },
  async run(values, [what, file, ...more], terminal) {
    if (what !== 'trips')
      throw new UsageError(what === undefined ? 'What to import is missing: trips' : `Cannot import '${what}', only trips`)
    if (file === undefined) throw new UsageError('FILE is missing')
    if (more.length > 0) throw new UsageError(`Unexpected argument '${more[0]}'`)
    if (values.fleet === undefined) throw new UsageError('--fleet is missing')
    if (values.map === undefined) throw new UsageError('--map is missing, for example --map vehicle=car,start=from,end=to,id=booking')
    // Nothing outlives its batch, so the heap for young objects need not grow: a third less memory, no slower.
    setFlagsFromString('--semi-space-growth-factor=1')
    const here = callerDirectory()
    const map = columnMap(values.map)
    const settings = loadSettings()
    await using database = await openCurrentDatabase(settings, terminal)
    if (values.fleet === demoFleet.slug && !settings.production) await seed(database.adminUrl, { issuer: developmentIssuer })
    const progress = terminal.progress()
    using interruption = untilInterrupted(() => terminal.note('Stopping after the batch under way ...'))
    const result = await importFile(database.adminUrl, {
      file: resolve(here, file),
      fleet: values.fleet,
      map,
      backToBack: values['back-to-back'],
      carClass: values.class,
      signal: interruption.signal,
      onProgress: (state) => progress.update(describe(state)),
      ...(values.rejects === undefined ? {} : { rejects: resolve(here, values.rejects) }),
      ...(values['create-fleet'] ? { createFleet: { currency: values.currency, timeZone: values['time-zone'] } } : {}),
    }).finally(() => progress.end())
    terminal.result({ ...result }, summary(result))
    return result.interrupted ? 130 : 0
  },
})

function columnMap(text: string): ColumnMap {
  try {
    return parseColumnMap(text)
  } catch (error) {
    throw error instanceof ImportError ? new UsageError(error.message) : error
  }
}

const grouped = (n: number): string => n.toLocaleString('en')

function describe({ rows, refused, already, bytesRead, bytesTotal }: ImportProgress): string {
  const percent = bytesTotal > 0 ? Math.floor((100 * bytesRead) / bytesTotal) : 100
  return `Importing: ${percent} % read, ${grouped(rows)} rows, ${grouped(refused)} refused, ${grouped(already)} already there`
}

function summary({ rows, inserted, refused, already, seconds, refusedByCode, interrupted, lastLine }: ImportResult): string[] {
  const codes = Object.entries(refusedByCode).map(([code, count]) => `${code} ${grouped(count)}`)
  const speed = seconds > 0 ? ` (${grouped(Math.round(rows / seconds))} rows/s)` : ''
  return [
    `rows      ${grouped(rows)}`,
    `inserted  ${grouped(inserted)}`,
    `refused   ${grouped(refused)}${codes.length > 0 ? `: ${codes.join(', ')}` : ''}`,
    `already   ${grouped(already)}`,
    `seconds   ${seconds}${speed}`,
    ...(interrupted ? [`Stopped after line ${grouped(lastLine)}; the same command goes on from there.`] : []),
  ]
}
