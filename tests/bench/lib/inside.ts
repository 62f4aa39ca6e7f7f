// A contestant without HTTP: a function of this process, timed by tinybench.
import { Bench } from 'tinybench'
import { metered, type Shot } from './fire.ts'
import type { Contestant } from './turns.ts'

export function inside(name: string, postmaster: number, work: () => Promise<unknown>): Contestant {
  return { name, shoot: (seconds) => shoot(postmaster, seconds, work) }
}

async function shoot(postmaster: number, seconds: number, work: () => Promise<unknown>): Promise<Shot> {
  const bench = new Bench({ time: seconds * 1000, iterations: 10, warmup: false, throws: true, retainSamples: true })
  bench.add('work', async () => void (await work()))
  const { cpu, times } = await metered({ postmaster }, async () => {
    const [task] = await bench.run()
    const samples = task?.result !== undefined && 'latency' in task.result ? [...(task.result.latency.samples ?? [])] : []
    return { times: samples, calls: samples.length }
  })
  return shotOf(times, cpu)
}

/** What milliseconds of calls, one after the other, amount to. */
export function shotOf(times: readonly number[], cpu: Shot['cpu']): Shot {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN
  const sum = sorted.reduce((all, ms) => all + ms, 0)
  return { rate: (sorted.length * 1000) / sum, p50: at(0.5), p99: at(0.99), calls: sorted.length, cpu, faults: [] }
}
