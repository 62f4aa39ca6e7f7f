// `fleetflow verify`: proves that a live database keeps its promises, or shows every row that breaks one.
import { type VerifyProblem, verify as verifyDatabase } from '@fleetflow/db/admin'
import { loadSettings } from '../../env.ts'
import { defineCommand, refusePositionals } from '../command.ts'
import { openDatabase } from '../database.ts'

export const verify = defineCommand({
  summary: 'prove that the database keeps its promises',
  help: `Usage: pnpm fleetflow verify [--json]

Reads every row and changes nothing. It proves that
  overlaps    no two occupying trips of a car share an instant (by a scan of its own, without the constraint and its index)
  ratings     every car's rating aggregates equal their recomputation from the reviews
  totals      every trip's total equals the sum of its lines
  ids         every trip id belongs to one row
  seen        the checks saw the rows they judged
  migrations  the migrations that were applied are those of this version, unchanged
  catalog     tables, constraints, indexes, functions, triggers, policies and grants are as migrated
Works on DATABASE_ADMIN_URL (default DATABASE_URL, without either the embedded database).

Exit code 1 when a problem is found. --json ends with { ok, problems: [{ check, problem, ... }], counts }.`,
  options: {},
  async run(_values, positionals, terminal) {
    refusePositionals(positionals)
    await using database = await openDatabase(loadSettings(), terminal)
    const progress = terminal.progress()
    const result = await verifyDatabase(database.adminUrl, { onCheck: (check) => progress.update(`Verifying ${check} ...`) }).finally(() =>
      progress.end(),
    )
    const seen = Object.entries(result.counts).map(([name, count]) => `${count.toLocaleString('en')} ${name}`)
    const verdict = result.ok ? 'ok' : `${result.problems.length} problem(s)`
    terminal.result({ ...result }, [...result.problems.map(describe), [verdict, ...(seen.length > 0 ? [seen.join(', ')] : [])].join(': ')])
    return result.ok ? 0 : 1
  },
})

function describe({ check, problem, ...details }: VerifyProblem): string {
  const rest = Object.entries(details).map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return `${check}: ${problem}${rest.length > 0 ? ` (${rest.join(', ')})` : ''}`
}
