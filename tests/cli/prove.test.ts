// `pnpm prove` as its users call it: its last line, its exit codes, and what it leaves in somebody's own database.
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Finished, start } from '../support/commands.ts'
import { openTestDatabase } from '../support/database.ts'

const program = join(import.meta.dirname, '..', 'prove/main.ts')

const prove = (args: string[], settings: Record<string, string> = {}): Promise<Finished> =>
  start(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args], settings).finished

describe('pnpm prove', () => {
  test('ends with one JSON line that says what was proved, and exits with 0', async () => {
    const finished = await prove(['--json', '--seed', '3', '--operations', '64', '--connections', '8'])
    const { operations, ...rest } = finished.json()
    expect(rest).toEqual({ seed: 3, overlaps: 0, deadlocks: 0, violations: [], ok: true })
    expect(operations).toBeGreaterThan(0)
    expect(operations).toBeLessThanOrEqual(64)
    expect(finished.code).toBe(0)
  })

  test('exits with 1 and names what broke when it is sabotaged', async () => {
    const finished = await prove(['--seed', '3', '--operations', '3200', '--seconds', '30', '--sabotage', 'clock'])
    expect(finished.code).toBe(1)
    expect(finished.stdout).toMatch(/^broken: .*expiry/m)
    expect(finished.stdout).toContain('a trip expired before its time')
  })

  test.each([[['--sabotage', 'everything']], [['--seed', 'x']], [['--connections', '0']], [['extra']]])(
    'is called wrongly with %j: exits with 2',
    async (args) => {
      const finished = await prove(args)
      expect(finished.code).toBe(2)
      expect(finished.stderr).toContain('pnpm prove --help')
    },
  )
})

describe("on somebody's own database", async () => {
  const db = await openTestDatabase({ demo: true })
  const settings = { DATABASE_URL: db.apiUrl, DATABASE_ADMIN_URL: db.adminUrl }
  const rows = async () => {
    const [counts] = await db.sys`
      select (select count(*) from trips) as trips, (select count(*) from trip_lines) as lines, (select count(*) from reviews) as reviews,
             (select count(*) from fleet_members) as members, (select count(*) from idempotency_keys) as keys,
             (select count(*) from cars where retired_at is null) as cars, (select count(*) from fleets where visibility = 'public') as fleets`
    return counts
  }

  test('it leaves nothing but a fleet that nobody sees, and says so', async () => {
    const before = await rows()
    const finished = await prove(['--seed', '5', '--operations', '320', '--connections', '8'], settings)
    expect(finished.stdout).toMatch(/left in the database, seen by nobody: the fleet prove-/)
    expect(finished.code).toBe(0)
    expect(await rows()).toEqual(before)
  })

  test('it refuses to sabotage', async () => {
    const finished = await prove(['--sabotage', 'lock'], settings)
    expect(finished.code).toBe(1)
    expect(finished.stderr).toContain('A sabotage damages the database')
  })
})
