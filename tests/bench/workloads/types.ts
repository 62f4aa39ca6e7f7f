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
    const ways = compilers.flatMap((compiler) =>
      [false, true].map((declarations) =>
        programs.filter((each) => each.compiler === compiler && each.checksDeclarations === declarations),
      ),
    )
    return {
      standings: [],
      comparisons: ways.flatMap((way) => [...secondsOf(way), growthOf(way)]),
      notes: ['with .d.ts: declaration files are checked, too (no skipLibCheck)'],
      faults: [],
    }
  },
}

const nameOf = (way: readonly TypesProgram[]) => `${way[0]?.compiler}${way[0]?.checksDeclarations ? ' with .d.ts' : ''}`

const secondsOf = (way: readonly TypesProgram[]): Comparison[] =>
  way
    .filter(({ program }) => program === 'client')
    .map(({ seconds }) => compare(`${nameOf(way)}, the client, seconds`, spread([seconds]), null))

/** What each procedure that the program does not use adds. */
function growthOf(way: readonly TypesProgram[]): Comparison {
  const sized = way.flatMap(({ program, instantiations }) => (program === 'client' ? [] : [{ program, instantiations }]))
  const [fewest, most] = [sized[0], sized.at(-1)]
  const each =
    ((most?.instantiations ?? Number.NaN) - (fewest?.instantiations ?? Number.NaN)) /
    ((most?.program ?? Number.NaN) - (fewest?.program ?? 0))
  return compare(`${nameOf(way)}, instantiations an unused procedure`, spread([each]), null)
}
