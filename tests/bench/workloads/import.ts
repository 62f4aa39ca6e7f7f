// W6: importing the real trips, beside one bare insert of the same rows.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { testDataFolder } from '../../support/testData.ts'
import { type Measured, measureBareInsert, measureImport, readTrips, tripsFile } from '../import.ts'
import type { Shot } from '../lib/fire.ts'
import { byTurns, type Contestant, ratioOf } from '../lib/turns.ts'
import { compare, faultsOfAll, skip, type Workload } from '../lib/workload.ts'

const sample = join(testDataFolder, 'babs2014_trips_sample.csv.gz')

/** A whole import is one call. */
function shotOf({ seconds, cpu }: Measured, faults: string[]): Shot {
  const ms = seconds * 1000
  return { rate: 1 / seconds, p50: ms, p99: ms, calls: 1, cpu: { server: null, database: Number.isNaN(cpu) ? null : cpu * 1e6 }, faults }
}

export const importing: Workload = {
  id: 'W6',
  title: 'import a history of trips',
  bound: ({ quick }) => (quick ? 60 : 150),
  async run(stage, settings) {
    const file = settings.quick ? sample : tripsFile
    if (!existsSync(file)) return skip(`there is no ${file}: set FLEETFLOW_TEST_DATA to the folder that holds it`)
    const rows = readTrips(file)
    const stored = new Set<number>()
    const contestant = (name: string, work: (url: string) => Promise<Measured> | Measured): Contestant => ({
      name,
      async shoot() {
        const measured = await work(await stage.freshDatabase('imported'))
        stored.add(measured.inserted)
        return shotOf(measured, stored.size === 1 ? [] : ['the two do not store the same number of rows'])
      },
    })
    // No warm-up: every round begins with an empty database.
    const standings = await byTurns(
      [
        contestant('fleetflow import', (url) => measureImport(url, stage.postmaster, file)),
        contestant('one bare insert', (url) => measureBareInsert(url, rows)),
      ],
      { ...settings, rounds: Math.min(settings.rounds, 2), warmup: 0 },
    )
    const [whole, bare] = standings
    if (whole === undefined || bare === undefined) throw new Error('nobody imported')
    return {
      standings,
      comparisons: [compare('time, fleetflow import / one bare insert', ratioOf(whole, bare, 'p50'), { sign: '<=', value: 2 }, bare.name)],
      notes: [`${rows.length.toLocaleString('en')} rows, ${[...stored].map((n) => n.toLocaleString('en')).join(' or ')} stored`],
      faults: faultsOfAll(standings),
    }
  },
}
