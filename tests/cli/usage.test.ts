// How commands are called: help, exit codes, errors in one line, and results for machines.
import { describe, expect, test } from 'vitest'
import { complaintOf, fleetflow } from '../support/commands.ts'
import { temporaryFolder } from '../support/tripFile.ts'

const commands = ['dev', 'start', 'migrate', 'seed', 'token', 'admin', 'import', 'verify']
const home = temporaryFolder()
const nowhere = { DATABASE_URL: 'postgres://fleetflow_api:secret-password@127.0.0.1:1/fleetflow', FLEETFLOW_HOME: home }

describe('fleetflow', () => {
  test('--help lists every command on standard output (exit code 0)', async () => {
    for (const ask of ['--help', '-h', 'help']) {
      const { code, stdout } = await fleetflow([ask])
      expect(code).toBe(0)
      expect([...stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name)).toEqual(commands)
    }
  })

  test.each(commands)('%s --help explains it without doing it (exit code 0)', async (command) => {
    const run = await fleetflow([command, '--help'], nowhere)
    expect(run.code).toBe(0)
    expect(complaintOf(run)).toBe('')
    expect(run.stdout).toContain(`Usage: pnpm fleetflow ${command}`)
    expect(run.stdout).toContain('--json')
  })

  test.each([
    [[], 'Usage: pnpm fleetflow <command>'],
    [['fly'], "fleetflow fly: There is no command 'fly' (see `pnpm fleetflow --help`)"],
    [['constructor'], "fleetflow constructor: There is no command 'constructor' (see `pnpm fleetflow --help`)"],
    [['seed', '--fast'], "fleetflow seed: Unknown option '--fast' (see `pnpm fleetflow seed --help`)"],
    [['seed', 'more'], "Unexpected argument 'more'"],
    [['token'], '--user EMAIL is missing'],
    [['token', '--user', 'nobody'], '--user must be an email address'],
    [['token', '--user', 'a@b.example', '--expires', 'soon'], '--expires must be a period'],
    [['token', '--user'], "Option '--user <value>' argument missing"],
    [['import'], 'What to import is missing: trips'],
    [['import', 'cars', 'x.csv'], "Cannot import 'cars', only trips"],
    [['import', 'trips'], 'FILE is missing'],
    [['import', 'trips', 'x.csv'], '--fleet is missing'],
    [['import', 'trips', 'x.csv', '--fleet', 'demo'], '--map is missing'],
    [['import', 'trips', 'x.csv', '--fleet', 'demo', '--map', 'car'], "The mapping has 'car' where FIELD=COLUMN is expected"],
  ])('called wrongly, it says in one line how to call it: %j (exit code 2)', async (args, message) => {
    const run = await fleetflow(args, nowhere)
    expect(run.code).toBe(2)
    expect(run.stdout).toBe('')
    expect(complaintOf(run)).toContain(message)
    if (args.length > 0) expect(complaintOf(run).split('\n')).toHaveLength(1)
  })

  test.each(['migrate', 'seed', 'verify', 'start'])(
    '%s says in one line that no database answers, and shows no password (exit code 1)',
    async (command) => {
      const run = await fleetflow([command], nowhere)
      expect(run.code).toBe(1)
      expect(complaintOf(run)).toBe(
        `fleetflow ${command}: Nothing answers at the address of DATABASE_URL: is PostgreSQL running there? (ECONNREFUSED)`,
      )
    },
  )

  test('--json ends a failure with one line on standard output too', async () => {
    const run = await fleetflow(['verify', '--json'], nowhere)
    expect(run.code).toBe(1)
    expect(run.json()).toEqual({ error: { code: 'ECONNREFUSED', message: expect.stringContaining('Nothing answers') } })
    const wrong = await fleetflow(['seed', '--json', '--fast'], nowhere)
    expect([wrong.code, wrong.json()]).toEqual([2, { error: { code: 'USAGE', message: "Unknown option '--fast'" } }])
  })

  test.each([
    ['start', 'DATABASE_URL must be set in production'],
    ['dev', 'use `pnpm fleetflow start`'],
    ['migrate', 'must be set in production'],
    ['seed', 'must be set in production'],
    ['verify', 'must be set in production'],
    ['token', 'identity provider'],
  ])('%s does nothing on its own database or key in production (exit code 1)', async (command, message) => {
    const args = command === 'token' ? [command, '--user', 'a@b.example'] : [command]
    const run = await fleetflow(args, { NODE_ENV: 'production', FLEETFLOW_HOME: home })
    expect(run.code).toBe(1)
    expect(run.stdout).toBe('')
    expect(complaintOf(run)).toContain(message)
  })

  test('names settings that cannot be used (exit code 1)', async () => {
    const run = await fleetflow(['verify'], { PORT: 'http', FLEETFLOW_HOME: home })
    expect(run.code).toBe(1)
    expect(complaintOf(run)).toContain('PORT must be a whole number')
  })
})
