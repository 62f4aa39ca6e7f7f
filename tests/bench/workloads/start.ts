// W8: from the command to the first answer, and what an idle server holds. Measured by tests/bench/start.ts, where it is.
import { existsSync } from 'node:fs'
import type { Spread } from '../lib/turns.ts'
import { compare, skip, type Workload } from '../lib/workload.ts'

const program = new URL('../start.ts', import.meta.url)

interface Program {
  measureStart(options: { rounds: number; idleMs: number }): Promise<Record<'answerMs' | 'idleMb', Spread>>
}

export const start: Workload = {
  id: 'W8',
  title: 'start to first answer, with PostgreSQL running, and idle memory',
  bound: ({ rounds }) => rounds * 12 + 15,
  async run(_stage, { rounds, quick }) {
    if (!existsSync(program)) return skip('tests/bench/start.ts is not there')
    const { measureStart } = (await import(program.href)) as Program
    const { answerMs, idleMb } = await measureStart({ rounds, idleMs: quick ? 500 : 5000 })
    return {
      standings: [],
      comparisons: [
        compare('start to first answer', answerMs, { sign: '<', value: 400, unit: ' ms' }),
        compare('idle memory', idleMb, { sign: '<', value: 150, unit: ' MB' }),
      ],
      notes: [],
      faults: [],
    }
  },
}
