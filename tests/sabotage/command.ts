// `pnpm sabotage`: its options, its help, and what it prints.
import { defineCommand, refusePositionals, UsageError } from '../../server/src/cli/command.ts'
import { untilInterrupted } from '../../server/src/cli/interrupt.ts'
import type { Guard } from './guard.ts'
import { guards } from './guards/index.ts'
import { type Outcome, tryGuards } from './run.ts'

function choose(only: string | undefined): readonly Guard[] {
  if (only === undefined) return guards
  const wanted = only.split(',').map((name) => name.trim())
  const unknown = wanted.find((name) => !guards.some((guard) => guard.name === name))
  if (unknown !== undefined) throw new UsageError(`--only: no guard is called '${unknown}' (see --list)`)
  return guards.filter(({ name }) => wanted.includes(name))
}

const where = ({ test }: Guard): string => `${test.file}: ${test.title}`

function lineOf({ guard, caught, reason, seconds }: Outcome): string {
  const head = `${caught ? 'caught' : 'MISSED'}  ${guard.name.padEnd(34)} ${seconds.toFixed(0).padStart(3)} s  ${where(guard)}`
  return caught ? head : `${head}\n        ${reason}`
}

export const command = defineCommand({
  summary: 'take every guard away, one at a time, and see a named test go red',
  help: `Usage: pnpm sabotage [--only NAME,NAME] [--list] [--json]

Works on copies of the working tree: takes one guard away, runs the test that is named for it, and puts the guard back. A guard is caught when
that test, green before, fails at an assertion. Anything else (the test stays green, cannot run, or the guard is not where the list says) is missed.

  --only NAME,NAME  only these
  --list            prints the list and tries nothing
  --json            ends with { guards, caught, missed } on one line

Exit code 1 when a guard was missed.`,
  options: { only: { type: 'string' }, list: { type: 'boolean' } },
  async run(values, positionals, terminal) {
    refusePositionals(positionals)
    const chosen = choose(values.only)
    if (values.list === true) {
      const listed = chosen.map((guard) => ({ name: guard.name, guards: guard.guards, test: where(guard) }))
      const lines = listed.map(({ name, guards: what, test }) => `${name}\n    ${what}\n    ${test}`)
      terminal.result({ guards: listed }, lines)
      return 0
    }
    using interruption = untilInterrupted(() => terminal.note('Ending ...'))
    const started = performance.now()
    const progress = terminal.progress()
    let done = 0
    const outcomes = await tryGuards(chosen, {
      signal: interruption.signal,
      onStep: (step) => progress.update(`${step} ...`),
      onOutcome: (outcome) => {
        done += 1
        if (!terminal.json || !outcome.caught) terminal.note(lineOf(outcome))
        progress.update(`${done} of ${chosen.length} tried ...`)
      },
    }).finally(() => progress.end())
    if (interruption.signal.aborted) return 130
    const missed = outcomes.filter(({ caught }) => !caught).map(({ guard }) => guard.name)
    const caught = outcomes.length - missed.length
    const minutes = ((performance.now() - started) / 60_000).toFixed(1)
    const score = `${caught} of ${outcomes.length} guards caught in ${minutes} minutes${missed.length > 0 ? `; missed: ${missed.join(', ')}` : ''}`
    terminal.result({ guards: outcomes.length, caught, missed }, [score])
    return missed.length === 0 ? 0 : 1
  },
})
