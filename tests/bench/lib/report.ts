// The table that a person reads.
import type { Standing } from './turns.ts'
import type { Comparison, Result } from './workload.ts'

const columns = ['calls/s', 'least', 'most', 'p50 ms', 'p99 ms', 'server µs', 'database µs']
const wide = 44

const figure = (value: number | null, digits: number): string =>
  value === null || Number.isNaN(value)
    ? 'n/a'
    : value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits })

function standingRow({ name, rate, p50, p99, cpu, tried }: Standing): string {
  const cells = [figure(rate.median, 0), figure(rate.least, 0), figure(rate.most, 0), figure(p50.median, 1), figure(p99.median, 1)]
  const row = `  ${name.padEnd(wide)}${[...cells, figure(cpu.server, 0), figure(cpu.database, 0)].map((cell) => cell.padStart(12)).join('')}`
  const ways = Object.entries(tried ?? {}).map(([way, value]) => `${way} ${figure(value, 0)}`)
  return ways.length === 0 ? row : `${row}\n    ${ways.join(', ')}`
}

function comparisonRow({ what, value, goal, met }: Comparison): string {
  const spread = `${figure(value.median, 2)} (${figure(value.least, 2)} to ${figure(value.most, 2)})`
  const wanted =
    goal === null ? '' : `goal ${goal.sign} ${goal.value}${goal.unit ?? ''}: ${met === null ? 'no result' : met ? 'met' : 'MISSED'}`
  return `  ${what.padEnd(wide)}${`${spread}${goal?.unit ?? ''}`.padStart(30)}   ${wanted}`
}

export interface JsonWorkload {
  id: string
  /** What is measured, and beside what; a figure that is no ratio stands beside nothing. */
  what: string | null
  beside: string | null
  /** The median of the rounds; of a figure that is no ratio the figure itself, in `unit`. */
  ratio: number | null
  unit: string | null
  /** `met` is null where there is no goal, or no valid result. */
  goal: { sign: string; value: number } | null
  met: boolean | null
  /** The same of every round, in their order. */
  rounds: readonly number[]
  skipped?: string
}

/** A line for each comparison; a workload that was left out has one that says why. */
export function jsonOf({ id, comparisons, skipped }: Result): JsonWorkload[] {
  if (skipped !== undefined)
    return [{ ...{ id, what: null, beside: null, ratio: null, unit: null, goal: null, met: null, rounds: [] }, skipped }]
  return comparisons.map(({ what, beside, value, goal, met }) => ({
    ...{ id, what, beside, met },
    ratio: value.median,
    unit: goal?.unit?.trim() ?? null,
    goal: goal === null ? null : { sign: goal.sign, value: goal.value },
    rounds: value.rounds,
  }))
}

export function tableOf({ id, title, standings, comparisons, notes, faults, skipped }: Result): string {
  const head = `${id}  ${title}`
  if (skipped !== undefined) return `${head}\n  SKIPPED: ${skipped}`
  const header = `  ${''.padEnd(wide)}${columns.map((column) => column.padStart(12)).join('')}`
  return [
    head,
    ...(standings.length === 0 ? [] : [header, ...standings.map(standingRow)]),
    ...comparisons.map(comparisonRow),
    ...notes.map((note) => `  ${note}`),
    ...faults.map((fault) => `  NO RESULT: ${fault}`),
  ].join('\n')
}
