// Drives the connections: each lane works through its plan, keeps the ledger, and holds every answer against the contract.
import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '@fleetflow/db'
import { codes, reasons } from '@fleetflow/server'
import { acknowledge, type Violation } from './ledger.ts'
import { type Call, canRehearse, type Operation } from './operation.ts'
import { type Draw, planOf } from './plan.ts'
import type { Scene } from './scene.ts'
import { type Outcome, send } from './send.ts'

/** What happened so far; shared by all lanes. */
export interface Tally {
  /** Operations that have their final answer. */
  operations: number
  /** By operation, by word: `done`, `rehearsed` or a code. */
  answers: Record<string, Record<string, number>>
  /** SQLSTATEs that were seen on the way, also where a retry then succeeded. */
  sqlstates: Record<string, number>
  violations: Violation[]
  /** Calls that are sent once more when everything is over. */
  kept: { call: Call; id: string; outcome: Outcome }[]
}

export const openTally = (): Tally => ({ operations: 0, answers: {}, sqlstates: {}, violations: [], kept: [] })

/** What PostgreSQL said to the harness itself counts as if a caller had heard it; anything else ends the run. */
export function noteError(tally: Tally, error: unknown): void {
  const sqlstate = error instanceof Error && error.name === 'PostgresError' && 'code' in error ? String(error.code) : undefined
  if (sqlstate === undefined) throw error
  tally.sqlstates[sqlstate] = (tally.sqlstates[sqlstate] ?? 0) + 1
  if (sqlstate !== '40P01') tally.violations.push({ check: 'contract', problem: `time could not pass: ${sqlstate}` })
}

export interface Course {
  operations: readonly Operation[]
  seed: number
  connections: number
  /** Operations of each lane; endless when undefined. */
  each: number | undefined
  /** True when the run shall end. */
  over: () => boolean
  /** Lets time pass for some of what waits. */
  passTime: () => Promise<void>
  /** What a sabotaged client does before it asks. */
  before?: ((call: Call, scene: Scene) => Promise<void>) | undefined
}

/** How often a call that nobody answered for good is sent again with its key. */
const attempts = 6

/** Whether a call with the same key would be answered alike. */
const isFinal = (outcome: Outcome): boolean =>
  outcome.done || !(outcome.code in codes && codes[outcome.code as keyof typeof codes].retryable)

/** As a client would be answered: retried under the same key until the answer is final. */
async function settle(db: Database, call: Call, key: string, rehearse: boolean, tally: Tally, over: () => boolean): Promise<Outcome> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await send(db, call, key, rehearse)
    if (outcome.done) return outcome
    if (outcome.sqlstate !== undefined) tally.sqlstates[outcome.sqlstate] = (tally.sqlstates[outcome.sqlstate] ?? 0) + 1
    if (isFinal(outcome) || over()) return outcome
    if (attempt === attempts) {
      const problem = `a call was answered ${outcome.code} each of ${attempts} times`
      tally.violations.push({ check: 'contract', problem, key, fn: call.fn, sqlstate: outcome.sqlstate })
      return outcome
    }
    await pause(Math.random() * 10 * 2 ** attempt)
  }
}

function count(tally: Tally, operation: Operation, word: string): void {
  const words = tally.answers[operation.name] ?? {}
  tally.answers[operation.name] = words
  words[word] = (words[word] ?? 0) + 1
}

/** An answer that the procedure's contract does not know, or none at all. */
function faultOf(operation: Operation, draw: Draw, outcome: Outcome): Violation | undefined {
  if (outcome.done) return undefined
  const { code, sqlstate, message, details } = outcome
  const allowed = (reasons[operation.procedure] as readonly string[]).includes(code)
  if (allowed && code !== 'INTERNAL') return undefined
  return {
    check: 'contract',
    problem: `${operation.procedure} answered ${code}`,
    operation: operation.name,
    draw: draw.id,
    ...(sqlstate && { sqlstate }),
    message,
    details,
  }
}

const same = (one: Outcome, other: Outcome): boolean =>
  one.done && other.done
    ? JSON.stringify(one.answer) === JSON.stringify(other.answer)
    : !one.done && !other.done && one.code === other.code && JSON.stringify(one.details) === JSON.stringify(other.details)

/** One key on two connections at once: one effect and one answer. */
async function settleTwice(db: Database, call: Call, draw: Draw, tally: Tally, over: () => boolean): Promise<Outcome> {
  const key = `prove-${draw.id}`
  const [one, other] = await Promise.all([settle(db, call, key, false, tally, over), settle(db, call, key, false, tally, over)])
  // A run that ends leaves calls behind that nobody repeats.
  if (over()) return one.done ? one : other
  const problem = !same(one, other)
    ? 'two senders of one key were answered differently'
    : !one.replayed && !other.replayed && one.done
      ? 'two senders of one key were both served'
      : undefined
  if (problem !== undefined) tally.violations.push({ check: 'retries', problem, draw: draw.id, fn: call.fn, answers: [one, other] })
  return one
}

async function runOne(db: Database, operation: Operation, draw: Draw, scene: Scene, tally: Tally, course: Course): Promise<void> {
  const call = operation.call(draw, scene)
  if (call === undefined) return count(tally, operation, 'nothing to do')
  if (draw.hurries) await course.passTime()
  await course.before?.(call, scene)
  const rehearse = operation.rehearsal === 'always' || (operation.rehearsal === undefined && draw.rehearsal && canRehearse(call))
  const outcome =
    draw.twice && !rehearse
      ? await settleTwice(db, call, draw, tally, course.over)
      : await settle(db, call, `prove-${draw.id}`, rehearse, tally, course.over)
  tally.operations += 1
  count(tally, operation, outcome.done ? (rehearse ? 'rehearsed' : 'done') : outcome.code)
  const fault = faultOf(operation, draw, outcome)
  if (fault !== undefined) tally.violations.push(fault)
  if (!rehearse && draw.dice % 20 === 0 && isFinal(outcome)) tally.kept.push({ call, id: draw.id, outcome })
  if (!outcome.done) return
  if (rehearse) return operation.rehearsed?.(outcome.answer, call, scene)
  for (const trip of operation.trips(outcome.answer, scene)) acknowledge(scene.ledger, trip, `${operation.name} ${draw.id}`)
  operation.note?.(outcome.answer, scene)
}

/** A key keeps its answer, also now that the world has moved on: nothing happens again. */
export async function replay(db: Database, tally: Tally): Promise<void> {
  await Promise.all(
    tally.kept.map(async ({ call, id, outcome }) => {
      const again = await settle(db, call, `prove-${id}`, false, tally, () => false)
      if (again.replayed && same(outcome, again)) return
      tally.violations.push({
        check: 'retries',
        problem: 'a key was answered differently when it came again',
        draw: id,
        fn: call.fn,
        answers: [outcome, again],
      })
    }),
  )
}

/** Resolves when every lane has done its operations, or when the run is over. */
export async function driveLanes(db: Database, scene: Scene, tally: Tally, course: Course): Promise<void> {
  const lane = async (index: number) => {
    let done = 0
    for (const { operation, draw } of planOf(course.operations, course.seed, index)) {
      if (course.over() || done === course.each) return
      await runOne(db, operation, draw, scene, tally, course)
      done += 1
    }
  }
  await Promise.all(Array.from({ length: course.connections }, (_, index) => lane(index)))
}
