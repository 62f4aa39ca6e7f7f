// `pnpm prove`: its options, its help, and what it prints.
import { randomInt } from 'node:crypto'
import { defineCommand, refusePositionals, UsageError } from '../../server/src/cli/command.ts'
import { untilInterrupted } from '../../server/src/cli/interrupt.ts'
import { openProveDatabase } from './database.ts'
import { leftovers } from './fleet.ts'
import { prove } from './prove.ts'
import { reportOf } from './report.ts'
import { sabotages } from './sabotages/index.ts'

function whole(name: string, value: string | undefined, least: number, most: number): number | undefined {
  if (value === undefined) return undefined
  const parsed = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN
  if (parsed >= least && parsed <= most) return parsed
  throw new UsageError(`--${name} takes a whole number from ${least} to ${most}`)
}

const defaultOperations = 6400

export const command = defineCommand({
  summary: 'mix every write path from many connections and prove that nothing breaks',
  help: `Usage: pnpm prove [--seed N] [--connections N] [--operations N] [--seconds N] [--sabotage NAME] [--json]

Books, moves, cancels and so on from many connections on a few cars, and holds the database against a model of what must be true.

  --seed N         the plan of the run: the same seed asks for the same things in the same order (a new one each time)
  --connections N  how many callers at once (32)
  --operations N   ends after this many operations (${defaultOperations.toLocaleString('en')} unless --seconds is given)
  --seconds N      ends after this time
  --sabotage NAME  takes a guard away and so has to fail:
${Object.values(sabotages)
  .map(({ name, what }) => `                     ${name.padEnd(11)}${what}`)
  .join('\n')}
  --json           ends with { seed, operations, overlaps, deadlocks, violations, ok } on one line

Works on an embedded database that it throws away, or on DATABASE_URL and DATABASE_ADMIN_URL: there it makes a fleet of its own, touches
nothing else, and says what it leaves. Exit code 1 when something broke.`,
  options: {
    seed: { type: 'string' },
    connections: { type: 'string' },
    operations: { type: 'string' },
    seconds: { type: 'string' },
    sabotage: { type: 'string' },
  },
  async run(values, positionals, terminal) {
    refusePositionals(positionals)
    const connections = whole('connections', values.connections, 1, 1000) ?? 32
    const seed = whole('seed', values.seed, 0, 2 ** 32 - 1) ?? randomInt(2 ** 32)
    const seconds = whole('seconds', values.seconds, 1, 86_400)
    const operations = whole('operations', values.operations, 1, 1_000_000_000) ?? (seconds === undefined ? defaultOperations : undefined)
    const sabotage = values.sabotage === undefined ? undefined : sabotages[values.sabotage]
    if (values.sabotage !== undefined && sabotage === undefined) {
      throw new UsageError(`--sabotage takes one of ${Object.keys(sabotages).join(', ')}`)
    }
    await using database = await openProveDatabase(terminal, sabotage !== undefined)
    using interruption = untilInterrupted(() => terminal.note('Ending ...'))
    const progress = terminal.progress()
    const run = await prove({
      ...database,
      seed,
      connections,
      operations,
      seconds,
      sabotage,
      signal: interruption.signal,
      onProgress: ({ operations: done, seconds: passed, violations }) => {
        const of = operations === undefined ? '' : ` of ${operations.toLocaleString('en')}`
        progress.update(`${done.toLocaleString('en')}${of} operations in ${passed.toFixed(0)} s, ${violations} violations ...`)
      },
    }).finally(() => progress.end())
    const lines = reportOf(run, { connections })
    terminal.result({ ...run.proof }, database.throwAway ? lines : [...lines.slice(0, -1), leftovers(run.fleet), ...lines.slice(-1)])
    return interruption.signal.aborted ? 130 : run.proof.ok ? 0 : 1
  },
})
