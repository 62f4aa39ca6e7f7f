// `pnpm bench`: it ends, its JSON holds numbers, and a contestant that errs is no result. No time is looked at.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { bookingOf } from '../bench/lib/bookings.ts'
import { chartOf } from '../bench/lib/chart.ts'
import { faultsOf } from '../bench/lib/fire.ts'
import { type JsonWorkload, tableOf } from '../bench/lib/report.ts'
import type { Result } from '../bench/lib/workload.ts'
import type { LoadReport } from '../bench/load.ts'

const program = join(import.meta.dirname, '../bench/main.ts')

it('answers ratios as JSON, round by round, and ends', { timeout: 180_000 }, async () => {
  const args = ['--disable-warning=ExperimentalWarning', program, '--quick', '--only', 'W2', '--rounds', '1', '--json']
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { timeout: 170_000 })
  const { results, workloads, machine, date } = JSON.parse(stdout) as {
    results: Result[]
    workloads: JsonWorkload[]
    machine: Record<string, unknown>
    date: string
  }
  expect(workloads.map(({ id, beside, goal, rounds }) => ({ id, beside, goal, rounds: rounds.length }))).toEqual([
    { id: 'W2', beside: 'Fastify + one SELECT, no RLS', goal: { sign: '>=', value: 0.5 }, rounds: 1 },
    { id: 'W2', beside: 'tRPC adapter + Drizzle transaction', goal: { sign: '>=', value: 3 }, rounds: 1 },
  ])
  for (const { ratio, met, rounds, goal } of workloads) {
    expect(rounds).toEqual([ratio])
    expect(met).toBe((ratio ?? 0) >= (goal?.value ?? 0))
  }
  expect([machine.cores, date]).toEqual([expect.any(Number), expect.stringMatching(/^\d{4}-\d\d-\d\d$/)])
  expect(results.map(({ id, faults }) => ({ id, faults }))).toEqual([{ id: 'W2', faults: [] }])
  const [result] = results
  expect(result?.standings.map(({ shots }) => shots.length)).toEqual([1, 1, 1])
  expect(stderr).toContain('at most')
  if (result !== undefined) expect(chartOf([result], 'here')).toContain(result.comparisons[0]?.what)
})

it('answers ratios of the transport as JSON, and ends', { timeout: 90_000 }, async () => {
  const args = ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, '../bench/transport.ts'), '--quick', '--json']
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 80_000 })
  const { workloads } = JSON.parse(stdout) as { workloads: JsonWorkload[] }
  expect(workloads.map(({ id, beside }) => [id, beside])).toEqual(
    ['query', 'mutation', 'batch'].flatMap((id) => [
      [id, "tRPC's own adapter"],
      [id, 'routes by hand'],
    ]),
  )
  for (const { ratio } of workloads) expect(ratio).toBeGreaterThan(0)
})

it('refuses a workload that there is not', async () => {
  const work = promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', program, '--only', 'W99'])
  await expect(work).rejects.toMatchObject({ code: 2 })
})

it('counts every answer but 200 as a fault, and says so', () => {
  const report: LoadReport = { made: 3, open: [], ok: 2, bad: { 409: 1 }, rate: 2, p50: 1, p99: 1 }
  const faults = faultsOf(report)
  expect(faults).toEqual(['1 of 3 answers were 409'])
  const result: Result = { id: 'W0', title: 'a title', standings: [], comparisons: [], notes: [], faults }
  expect(tableOf(result)).toContain('NO RESULT: 1 of 3 answers were 409')
  expect(faultsOf({ ...report, ok: 0, bad: {} })).toEqual(['nothing was answered'])
})

it('gives every number a booking that overlaps no other', () => {
  const slots = { cars: 3, firstCar: 1, base: Date.UTC(2030, 0, 1) }
  const bookings = Array.from({ length: 60 }, (_, n) => bookingOf(n, slots))
  for (const [i, a] of bookings.entries()) {
    for (const b of bookings.slice(i + 1)) {
      expect(a.carId !== b.carId || a.endDate < b.startDate || b.endDate < a.startDate).toBe(true)
    }
  }
})
