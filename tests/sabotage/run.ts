// Tries the list: every named test once as things are, then with its guard taken away, two at a time.

import { chmodSync } from 'node:fs'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { copyTree, removeTree } from './copy.ts'
import type { Guard, NamedTest } from './guard.ts'
import { applyTo, RottenRemoval } from './patch.ts'
import { type Bench, runTests, type Verdict } from './vitest.ts'

export interface Outcome {
  guard: Guard
  caught: boolean
  /** Why it was missed; of a caught one the first line of what the test said. */
  reason: string
  seconds: number
}

interface Options {
  signal: AbortSignal
  onOutcome?: (outcome: Outcome) => void
  onStep?: (step: string) => void
}

const controlLimitMs = 600_000
const limitMs = 150_000

/** Two cores are enough for two; more would only make tests slow that wait for each other. */
const benches = Math.min(2, availableParallelism())

const keyOf = ({ project, file, title }: NamedTest): string => `${project} ${file} ${title}`

/** Every named test once in a tree that nobody touched. */
async function control(bench: Bench, guards: readonly Guard[], { signal, onStep }: Options): Promise<Map<string, Verdict>> {
  const verdicts = new Map<string, Verdict>()
  const tests = [...new Map(guards.map(({ test }) => [keyOf(test), test])).values()]
  const groupOf = ({ project, afterOthers }: NamedTest): string => `${project}${afterOthers ? ', whole files' : ''}`
  for (const project of new Set(tests.map(groupOf))) {
    const those = tests.filter((test) => groupOf(test) === project)
    onStep?.(`${those.length} tests of ${project} as things are`)
    const found = await runTests(bench, those, { limitMs: controlLimitMs, signal })
    for (const [i, test] of those.entries()) verdicts.set(keyOf(test), found[i] ?? { status: 'not run', message: '' })
  }
  return verdicts
}

const firstLine = (text: string): string => text.trim().split('\n', 1)[0] ?? ''

/** What `expect` says (of promises and of what throws without the name of an assertion), or a refusal where the test wants none. */
const assertion =
  /AssertionError|Error: promise (?:resolved|rejected) [\s\S]* instead of|Error: expected .* to throw|DatabaseError: (?!INTERNAL|UNAVAILABLE)[A-Z_]+|ApiError: /

/** Red counts only where the test ran to an assertion of its own, or said what the list expects. */
function judge(guard: Guard, verdict: Verdict): { caught: boolean; reason: string } {
  const said = firstLine(verdict.message)
  if (verdict.status === 'passed') return { caught: false, reason: 'the test stays green' }
  if (verdict.status === 'not run') return { caught: false, reason: `the test did not run: ${said}` }
  const caught = guard.says === undefined ? assertion.test(verdict.message) : verdict.message.includes(guard.says)
  return { caught, reason: caught ? said : `the test fails for another reason: ${said}` }
}

async function tryOne(bench: Bench, guard: Guard, controlled: Verdict | undefined, signal: AbortSignal): Promise<Outcome> {
  const started = performance.now()
  const outcome = (caught: boolean, reason: string): Outcome => ({ guard, caught, reason, seconds: (performance.now() - started) / 1000 })
  if (controlled?.status !== 'passed') {
    return outcome(false, `the test is not green as things are: ${firstLine(controlled?.message ?? '') || controlled?.status}`)
  }
  let restore: () => void
  try {
    restore = applyTo(bench.tree, guard)
  } catch (error) {
    if (!(error instanceof RottenRemoval)) throw error
    return outcome(false, error.message)
  }
  try {
    const [verdict] = await runTests(bench, [guard.test], { limitMs, signal })
    const { caught, reason } = judge(guard, verdict ?? { status: 'not run', message: '' })
    return outcome(caught, reason)
  } finally {
    restore()
  }
}

/** Tries every guard of the list, on copies in the system's temporary directory that are gone afterwards. */
export async function tryGuards(guards: readonly Guard[], options: Options): Promise<Outcome[]> {
  const { signal, onOutcome } = options
  const scratch = await mkdtemp(join(tmpdir(), 'fleetflow-sabotage-'))
  // An embedded server may have to run as a user who is not the one that owns this directory.
  chmodSync(scratch, 0o755)
  try {
    const places = Array.from({ length: Math.min(benches, Math.max(1, guards.length)) }, (_, i) => ({
      tree: join(scratch, `tree${i}`),
      temporary: join(scratch, `tmp${i}`),
    }))
    for (const { tree, temporary } of places) {
      await copyTree(tree)
      await mkdir(temporary, { mode: 0o755 })
    }
    const [first] = places
    const verdicts = first === undefined ? new Map<string, Verdict>() : await control(first, guards, options)
    const waiting = [...guards]
    const outcomes = new Map<Guard, Outcome>()
    const work = async (bench: Bench): Promise<void> => {
      for (let guard = waiting.shift(); guard !== undefined && !signal.aborted; guard = waiting.shift()) {
        const outcome = await tryOne(bench, guard, verdicts.get(keyOf(guard.test)), signal)
        if (signal.aborted) return
        outcomes.set(guard, outcome)
        onOutcome?.(outcome)
      }
    }
    await Promise.all(places.map(work))
    return guards.flatMap((guard) => outcomes.get(guard) ?? [])
  } finally {
    await removeTree(scratch)
  }
}
