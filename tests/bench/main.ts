// `pnpm bench [--quick] [--only W1,W2] [--scale] [--json] [--chart FILE]`: FleetFlow beside other ways of doing the same, in one run, by turns.
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { chartOf } from './lib/chart.ts'
import { jsonOf, tableOf } from './lib/report.ts'
import { openStage, type Stage } from './lib/stage.ts'
import type { Settings } from './lib/turns.ts'
import type { Result, Workload } from './lib/workload.ts'
import { create } from './workloads/create.ts'
import { hot } from './workloads/hot.ts'
import { importing } from './workloads/import.ts'
import { list } from './workloads/list.ts'
import { reviews } from './workloads/reviews.ts'
import { search } from './workloads/search.ts'
import { start } from './workloads/start.ts'
import { types } from './workloads/types.ts'
import { windows } from './workloads/windows.ts'

const workloads: readonly Workload[] = [create, list, search, hot, reviews, importing, windows, start, types]

/** Seconds for PostgreSQL, the database and the server to be there. */
const setup = { quick: 120, whole: 60 }

async function run(workload: Workload, stage: Stage, settings: Settings): Promise<Result> {
  const { id, title } = workload
  const result = { id, title, ...(await workload.run(stage, settings)) }
  // A run with errors is no result.
  if (result.faults.length === 0) return result
  return { ...result, comparisons: result.comparisons.map((comparison) => ({ ...comparison, met: null })) }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      scale: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      chart: { type: 'string' },
      only: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
    },
  })
  const { quick, scale } = values
  const settings: Settings = {
    ...{ quick, scale, connections: 64, warmup: quick ? 1 : 3 },
    rounds: Number(values.rounds ?? (quick ? 2 : 3)),
    seconds: Number(values.seconds ?? (quick ? 1 : 4)),
  }
  const wanted = values.only?.toUpperCase().split(',')
  const chosen = workloads.filter(({ id }) => wanted?.includes(id) ?? true)
  if (chosen.length === 0) {
    console.error(`There is no workload ${values.only}; there are ${workloads.map(({ id }) => id).join(', ')}.`)
    return 2
  }
  const say = values.json ? console.error : console.log
  const bound = chosen.reduce((sum, workload) => sum + workload.bound(settings), quick ? setup.quick : setup.whole)
  say(`${chosen.map(({ id }) => id).join(', ')}: at most ${Math.ceil(bound / 60)} minutes, ${settings.rounds} rounds by turns.\n`)
  const stack = new AsyncDisposableStack()
  const abandon = (why: string, code: number) => {
    console.error(why)
    // What is cut off in the middle complains; there is nothing left to save.
    process.on('uncaughtException', () => {})
    void stack.disposeAsync().finally(() => process.exit(code))
  }
  const watchdog = setTimeout(() => abandon(`This took longer than ${bound} seconds.`, 1), bound * 1000)
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => abandon(`Ended by ${signal}.`, 130))
  const results: Result[] = []
  try {
    const stage = await openStage(stack)
    for (const workload of chosen) {
      const result = await run(workload, stage, settings)
      results.push(result)
      say(`${tableOf(result)}\n`)
    }
  } finally {
    clearTimeout(watchdog)
    await stack.disposeAsync()
  }
  const [load = Number.NaN] = loadavg()
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    load,
    node: process.version,
    platform: process.platform,
  }
  const words = `${machine.cores} cores (${machine.cpu}), load ${load.toFixed(1)} at the end, Node ${process.versions.node}, ${machine.platform}`
  say(words)
  if (values.chart !== undefined) writeFileSync(values.chart, chartOf(results, words))
  if (values.json)
    console.log(
      JSON.stringify({ workloads: results.flatMap(jsonOf), machine, date: new Date().toISOString().slice(0, 10), settings, results }),
    )
  return results.some(({ faults }) => faults.length > 0) ? 1 : 0
}

process.exitCode = await main()
