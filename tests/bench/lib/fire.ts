// Load from a process of its own, and what it cost: rates, times, CPU a call, and everything that was not as it should be.
import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { LoadReport, LoadSpec } from '../load.ts'
import { cpuOfFamily } from './cpu.ts'

/** Microseconds of CPU a call; null where there is no /proc. */
export interface Cpu {
  server: number | null
  database: number | null
}

/** One turn of one contestant. */
export interface Shot {
  /** Answered calls a second. */
  rate: number
  /** Milliseconds. */
  p50: number
  p99: number
  calls: number
  cpu: Cpu
  /** Anything that makes this no result. */
  faults: string[]
  /** Of a contestant that is tried in several ways: what each reached. */
  tried?: Record<string, number>
}

export interface Load {
  fire(spec: LoadSpec): Promise<LoadReport>
  stop(): void
}

export function startLoad(): Load {
  const child: ChildProcess = fork(join(import.meta.dirname, '../load.ts'), { execArgv: ['--disable-warning=ExperimentalWarning'] })
  const killed = () => void child.kill()
  process.once('exit', killed)
  const ended = new Promise<never>((_resolve, reject) => child.once('exit', () => reject(new Error('the load ended by itself'))))
  ended.catch(() => {})
  return {
    async fire(spec) {
      const answered = new Promise<unknown>((resolve) => child.once('message', resolve))
      child.send(spec)
      const { report, error } = (await Promise.race([answered, ended])) as { report?: LoadReport; error?: string }
      if (report === undefined) throw new Error(error)
      return report
    },
    stop() {
      process.off('exit', killed)
      child.kill()
    },
  }
}

/** Runs some work and answers what it gave, and the CPU that a server and PostgreSQL took meanwhile, by call. */
export async function metered<T extends { calls: number }>(
  pids: { server?: number; postmaster: number },
  work: () => Promise<T>,
): Promise<T & { cpu: Cpu }> {
  const read = () => ({
    server: pids.server === undefined ? Number.NaN : cpuOfFamily(pids.server),
    database: cpuOfFamily(pids.postmaster),
  })
  const before = read()
  const result = await work()
  const after = read()
  const each = (seconds: number) => (Number.isNaN(seconds) ? null : (seconds * 1e6) / result.calls)
  return { ...result, cpu: { server: each(after.server - before.server), database: each(after.database - before.database) } }
}

export const faultsOf = ({ bad, example, ok }: LoadReport): string[] => [
  ...Object.entries(bad).map(
    ([what, times]) => `${times} of ${ok + times} answers were ${what}${example === undefined ? '' : `: ${example}`}`,
  ),
  ...(ok === 0 ? ['nothing was answered'] : []),
]
