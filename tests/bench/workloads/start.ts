// W8: from the command to the first answer, and what an idle server holds.
import { compare, type Workload } from '../lib/workload.ts'
import { measureStart } from '../start.ts'

export const start: Workload = {
  id: 'W8',
  title: 'start to first answer, with PostgreSQL running, and idle memory',
  bound: ({ rounds }) => rounds * 12 + 15,
  async run(_stage, { rounds, quick }) {
    const { answerMs, cpuMs, idleMb } = await measureStart({ rounds, idleMs: quick ? 500 : 5000 })
    return {
      standings: [],
      comparisons: [
        compare('start to first answer', answerMs, { sign: '<', value: 400, unit: ' ms' }),
        compare('computed until then, ms', cpuMs, null),
        compare('idle memory', idleMb, { sign: '<', value: 150, unit: ' MB' }),
      ],
      notes: [],
      faults: [],
    }
  },
}
