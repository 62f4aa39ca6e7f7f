// W9: type-checking a program that uses the typed client, and whether procedures that it does not use cost it anything.
import { spread } from '../lib/turns.ts'
import { type Comparison, compare, type Workload } from '../lib/workload.ts'
import { measureTypes, type TypesProgram } from '../types.ts'

export const types: Workload = {
  id: 'W9',
  title: 'type-check of a program that uses the typed client',
  bound: ({ quick }) => (quick ? 60 : 150),
  async run(_stage, { rounds, quick }) {
    const { programs } = await measureTypes({ rounds: quick ? 1 : Math.min(rounds, 3) })
    const compilers = [...new Set(programs.map(({ compiler }) => compiler))]
    return {
      standings: [],
      comparisons: [
        ...programs
          .filter(({ program }) => program === 'client')
          .map(({ compiler, seconds }) => compare(`${compiler}, the client, seconds`, spread([seconds]), null)),
        ...compilers.map((compiler) => growthOf(programs.filter((each) => each.compiler === compiler))),
      ],
      notes: [],
      faults: [],
    }
  },
}

/** Instantiations with the most procedures over those with the fewest, of which the program uses as many. */
function growthOf(programs: readonly TypesProgram[]): Comparison {
  const sized = programs.filter(({ program }) => program !== 'client')
  const [fewest, most] = [sized[0], sized.at(-1)]
  const growth = (most?.instantiations ?? Number.NaN) / (fewest?.instantiations ?? Number.NaN)
  return compare(`${fewest?.compiler}, instantiations with ${most?.program} / ${fewest?.program} procedures`, spread([growth]), {
    sign: '<=',
    value: 1.05,
  })
}
