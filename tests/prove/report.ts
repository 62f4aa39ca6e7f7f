// What a run says to people: what was asked and answered, what was looked at, and what broke.
import type { Violation } from './ledger.ts'
import type { Run } from './prove.ts'

const number = (n: number): string => n.toLocaleString('en')

/** How many violations of one kind are shown. */
const shown = 5

export function reportOf({ proof, seconds, answers, judged, looks }: Run, options: { connections: number }): string[] {
  const rate = Math.round(proof.operations / Math.max(seconds, 0.001))
  return [
    `seed ${proof.seed}: ${number(proof.operations)} operations from ${options.connections} connections in ${seconds.toFixed(1)} s (${number(rate)}/s)`,
    '',
    ...table([
      ['operation', 'done', 'otherwise'],
      ...Object.entries(answers).map(([name, words]) => [name, number(words.done ?? 0), otherwise(words)]),
    ]),
    '',
    ...table([
      ['check', 'looked at', 'broken', 'promise'],
      ...judged.map(({ name, promise, judged, violations }) => [name, number(judged), number(violations), promise]),
    ]),
    '',
    `looked ${looks} times while it ran and once at the end; ${number(proof.overlaps)} overlaps, ${number(proof.deadlocks)} deadlocks`,
    ...broken(proof.violations),
    proof.ok ? 'ok' : `broken: ${[...new Set(proof.violations.map(({ check }) => check))].join(', ')}`,
  ]
}

const otherwise = (words: Record<string, number>): string =>
  Object.entries(words)
    .filter(([word]) => word !== 'done')
    .sort(([, a], [, b]) => b - a)
    .map(([word, count]) => `${word} ${number(count)}`)
    .join(', ')

/** Columns as wide as their widest cell; numbers to the right. */
function table(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)))
  const isNumber = (cell: string) => /^[\d,]+$/.test(cell)
  return rows.map((row) =>
    row
      .map((cell, i) => (isNumber(cell) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

function broken(violations: readonly Violation[]): string[] {
  const checks = [...new Set(violations.map(({ check }) => check))]
  return checks.flatMap((check) => {
    const own = violations.filter((violation) => violation.check === check)
    const more = own.length > shown ? [`  and ${number(own.length - shown)} more`] : []
    return [`${check}:`, ...own.slice(0, shown).map((violation) => `  ${describe(violation)}`), ...more]
  })
}

function describe({ check: _check, problem, ...details }: Violation): string {
  const rest = Object.entries(details).map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return rest.length > 0 ? `${problem} (${rest.join(', ')})` : problem
}
