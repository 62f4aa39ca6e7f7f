// Commands on a configured database: migrate, seed, import and verify, their results and exit codes.
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { complaintOf, fleetflow, startFleetflow } from '../support/commands.ts'
import { openTestDatabase } from '../support/database.ts'
import { historyOf, temporaryFolder, tripColumns, writeTrips } from '../support/tripFile.ts'

const empty = await openTestDatabase({ empty: true })
const demo = await openTestDatabase({ demo: true })
const broken = await openTestDatabase({ demo: true })
const folder = temporaryFolder()

const on = (database: typeof demo, more: Record<string, string> = {}) => ({
  DATABASE_ADMIN_URL: database.adminUrl,
  DATABASE_URL: database.apiUrl,
  FLEETFLOW_HOME: folder,
  ...more,
})
const mapping = ['--map', 'vehicle=car,start=from,end=to,id=trip']

describe('commands on a configured database', () => {
  test('seed, import and start say that the schema is missing (exit code 1)', async () => {
    for (const args of [['seed'], ['start'], ['import', 'trips', 'x.csv', '--fleet', 'demo', ...mapping]]) {
      const run = await fleetflow(args, on(empty))
      expect([run.code, complaintOf(run)]).toEqual([
        1,
        `fleetflow ${args[0]}: The database has no FleetFlow schema yet: run \`pnpm fleetflow migrate\` first`,
      ])
    }
    const run = await fleetflow(['verify', '--json'], on(empty))
    expect([run.code, run.json()]).toMatchObject([1, { ok: false, problems: [{ check: 'migrations' }] }])
  })

  test('migrate applies what is missing, and nothing the second time', async () => {
    const first = await fleetflow(['migrate', '--json'], on(empty))
    expect(first.code).toBe(0)
    const { applied, total } = first.json() as { applied: string[]; total: number }
    expect(applied.length).toBe(total)
    expect(total).toBeGreaterThan(0)
    const second = await fleetflow(['migrate', '--json'], on(empty))
    expect([second.code, second.json()]).toEqual([0, { applied: [], total }])
    expect((await fleetflow(['migrate'], on(empty))).stdout).toBe(`Nothing to do: all ${total} migration(s) are applied.\n`)
  })

  test('seed makes the demo fleet once', async () => {
    const first = await fleetflow(['seed', '--json'], on(empty))
    expect([first.code, first.json()]).toMatchObject([0, { created: true, fleet: 'demo', cars: 12 }])
    const second = await fleetflow(['seed', '--json'], on(empty))
    expect([second.code, second.json()]).toMatchObject([0, { created: false, cars: 0 }])
    expect((await fleetflow(['verify'], on(empty))).code).toBe(0)
  })

  test('import accepts demo as the fleet where nobody made it yet', async () => {
    const fresh = await openTestDatabase()
    const file = writeTrips(folder, 'for-demo.csv', `${tripColumns}\n1,a,2020-01-01T10:00Z,2020-01-01T11:00Z\n`)
    const run = await fleetflow(['import', 'trips', file, '--fleet', 'demo', ...mapping, '--json'], on(fresh))
    expect([run.code, run.json()]).toMatchObject([0, { rows: 1, inserted: 1 }])
    expect(await fresh.sys`select from fleets where slug = 'demo' and visibility = 'public'`).toHaveLength(1)
  })

  test('import reads and writes files relative to where it is called from', async () => {
    const here = join(folder, 'here')
    mkdirSync(here)
    writeTrips(here, 'trips.csv', `${tripColumns}\n1,a,2020-01-01T10:00Z,2020-01-01T11:00Z\n2,a,2020-01-01T10:00Z,2020-01-01T11:00\n`)
    const args = ['import', 'trips', 'trips.csv', '--fleet', 'demo', ...mapping, '--rejects', 'out.csv']
    const run = await fleetflow([...args, '--json'], on(demo, { INIT_CWD: here }))
    expect([run.code, run.json()]).toEqual([
      0,
      {
        rows: 2,
        inserted: 1,
        refused: 1,
        already: 0,
        refusedByCode: { BAD_INPUT: 1 },
        lastLine: 3,
        interrupted: false,
        seconds: expect.any(Number),
      },
    ])
    expect(readFileSync(join(here, 'out.csv'), 'utf8')).toContain('3,BAD_INPUT,end,OFFSET_REQUIRED')
    const again = await fleetflow(args, on(demo, { INIT_CWD: here }))
    expect(again.stdout).toMatch(/^rows {6}2\ninserted {2}0\nrefused {3}1: BAD_INPUT 1\nalready {3}1\nseconds {3}\d/)
  })

  test('import says what is wrong with its arguments in one line (exit code 1)', async () => {
    writeTrips(folder, 'trips.csv', `${tripColumns}\n`)
    const complaint = async (...args: string[]) => {
      const run = await fleetflow(['import', 'trips', ...args], on(demo, { INIT_CWD: folder }))
      expect(run.code).toBe(1)
      return complaintOf(run)
    }
    expect(await complaint('trips.csv', '--fleet', 'demo', '--map', 'vehicle=bike,start=from,end=to')).toBe(
      "fleetflow import: The file has no column 'bike' (mapped to vehicle); its columns are: trip, car, from, to",
    )
    expect(await complaint('trips.csv', '--fleet', 'nobody', ...mapping)).toContain("There is no fleet 'nobody'; --create-fleet makes one")
    expect(await complaint('nowhere.csv', '--fleet', 'demo', ...mapping)).toContain('There is no file')
  })

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'import stops on %s after its batch, says where, and goes on from there (exit code 130)',
    async (signal) => {
      const history = historyOf({ vehicles: 20, groups: 700 })
      const file = writeTrips(folder, `${signal}.csv.gz`, history.text)
      const args = ['import', 'trips', file, '--fleet', `stopped-${signal.toLowerCase()}`, '--create-fleet', ...mapping]
      const running = startFleetflow(args, on(demo))
      const fleet = `stopped-${signal.toLowerCase()}`
      await expect
        .poll(
          async () =>
            (await demo.sys`select 1 from trips as t join fleets as f on f.id = t.fleet_id where f.slug = ${fleet} limit 1`).length,
          {
            timeout: 20_000,
            interval: 10,
          },
        )
        .toBe(1)
      running.child.kill(signal)
      // Ctrl-C arrives a second time when the package manager hands it on.
      running.child.kill(signal)
      const stopped = await running.finished
      expect(stopped.code).toBe(130)
      expect(stopped.stdout).toMatch(/Stopped after line [\d,]+; the same command goes on from there\./)

      const rest = await fleetflow([...args, '--json'], on(demo))
      expect(rest.code).toBe(0)
      const { rows, inserted, already, refused } = rest.json() as Record<'rows' | 'inserted' | 'already' | 'refused', number>
      expect(already).toBeGreaterThan(0)
      expect(inserted).toBeGreaterThan(0)
      expect({ rows, stored: inserted + already, refused }).toEqual({
        rows: history.rows,
        stored: history.closed.inserted,
        refused: history.closed.refused,
      })
    },
  )

  test('verify shows the rows that break a promise (exit code 1)', async () => {
    expect((await fleetflow(['verify'], on(broken))).stdout).toMatch(/^ok: [\d,]+ catalogObjects, 12 cars, 36 trips/)
    await broken.admin`set role fleetflow_owner`
    await broken.admin`alter table trips disable trigger _050_total_update`
    const [trip] =
      await broken.sys`update trips set total_cost = total_cost + 7 where id = (select id from trips limit 1) returning id, total_cost`
    await broken.admin`alter table trips enable trigger _050_total_update`
    const run = await fleetflow(['verify', '--json'], on(broken))
    expect(run.code).toBe(1)
    expect(run.json()).toMatchObject({ ok: false, problems: [{ check: 'totals', tripId: trip?.id, totalCost: Number(trip?.total_cost) }] })
    const shown = await fleetflow(['verify'], on(broken))
    expect(shown.code).toBe(1)
    expect(shown.stdout).toContain(`totals: a trip's total differs from its lines (carId=`)
    expect(shown.stdout).toContain(`tripId=${trip?.id}`)
  })
})
