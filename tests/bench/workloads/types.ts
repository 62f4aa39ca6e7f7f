// W9: type-checking a program that uses the typed client. Measured by tests/bench/types.ts, where it is.
import { existsSync } from 'node:fs'
import { spread } from '../lib/turns.ts'
import { compare, skip, type Workload } from '../lib/workload.ts'

const program = new URL('../types.ts', import.meta.url)

interface Program {
  measureTypes(options: { rounds: number }): Promise<{ programs: { compiler: string; program: string | number; seconds: number }[] }>
}

export const types: Workload = {
  id: 'W9',
  title: 'type-check of a program that uses the typed client',
  bound: ({ quick }) => (quick ? 60 : 150),
  async run(_stage, { rounds, quick }) {
    if (!existsSync(program)) return skip('tests/bench/types.ts is not there')
    const { measureTypes } = (await import(program.href)) as Program
    const { programs } = await measureTypes({ rounds: quick ? 1 : Math.min(rounds, 3) })
    const nameOf = (of: string | number) => (of === 'client' ? 'the client' : `${of} procedures`)
    return {
      standings: [],
      comparisons: programs.map((each) => compare(`${each.compiler}, ${nameOf(each.program)}, seconds`, spread([each.seconds]), null)),
      notes: [],
      faults: [],
    }
  },
}
