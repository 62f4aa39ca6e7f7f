// One run: makes a fleet, drives the connections, looks while they run and when all is over, and says what broke.
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { connect } from '@fleetflow/db'
import { adminOptions } from '@fleetflow/db/admin'
import postgres from 'postgres'
import type { Evidence } from './checks/check.ts'
import { checks } from './checks/index.ts'
import { countedDeadlocks, untilGone } from './deadlocks.ts'
import { follow, readBySequence, readLog, type SeenEvent } from './events.ts'
import { makeFleet, openSys, removeFleet } from './fleet.ts'
import { driveLanes, noteError, openTally, replay, type Tally } from './lanes.ts'
import { openLedger, type Violation } from './ledger.ts'
import type { Operation } from './operation.ts'
import { operations } from './operations/index.ts'
import type { Sabotage } from './sabotages/sabotage.ts'
import type { Fleet, Scene } from './scene.ts'
import { takeSnapshot } from './snapshot.ts'
import { letTimePass } from './time.ts'

export interface ProveOptions {
  /** An administrator's address; the schema is up to date. */
  adminUrl: string
  /** What the API connects with. */
  apiUrl: string
  seed: number
  connections: number
  /** Ends after this many operations ... */
  operations?: number | undefined
  /** ... or after this time. */
  seconds?: number | undefined
  sabotage?: Sabotage | undefined
  /** The database is thrown away afterwards: nothing is tidied up, and what PostgreSQL counts is about this run alone. */
  throwAway: boolean
  onProgress?: (progress: Progress) => void
  signal?: AbortSignal
}

interface Progress {
  operations: number
  seconds: number
  violations: number
}

interface Proof {
  seed: number
  operations: number
  overlaps: number
  deadlocks: number
  violations: Violation[]
  ok: boolean
}

export interface Run {
  proof: Proof
  fleet: Fleet
  seconds: number
  answers: Tally['answers']
  /** How much each check looked at, at the end. */
  judged: { name: string; promise: string; judged: number; violations: number }[]
  /** How often the rows were looked at while the run went on. */
  looks: number
  /** What the checks were shown at the end. */
  evidence: Evidence
}

const carCount = 4

/** Looks again after at least this long, and after ten times as long as a look took. */
const lookEveryMs = 250

export async function prove(options: ProveOptions): Promise<Run> {
  const applicationName = `fleetflow-prove-${randomBytes(4).toString('hex')}`
  const { connections, sabotage, seed } = options
  const admin = postgres(options.adminUrl, adminOptions('fleetflow-prove'))
  const sys = openSys(options.adminUrl)
  const patience = { lockTimeoutMs: 30_000, statementTimeoutMs: 60_000 }
  const db = connect({ url: options.apiUrl, max: connections, applicationName, ...patience })
  try {
    const deadlocksBefore = await countedDeadlocks(admin)
    const fleet = await makeFleet(sys, { cars: sabotage?.cars ?? carCount, renters: connections })
    const scene: Scene = { fleet, ledger: openLedger(), plans: [], now: Date.now }
    await sabotage?.alter?.(admin)
    const tally = openTally()
    const started = performance.now()
    const elapsed = () => (performance.now() - started) / 1000
    const found = () => [...tally.violations, ...scene.ledger.violations]
    const hasBroken = () => {
      const broken = new Set([...found().map(({ check }) => check), ...('deadlocks' in deadlockOf(tally, 0) ? ['deadlocks'] : [])])
      return sabotage === undefined ? broken.size > 0 : broken.has(sabotage.breaks)
    }
    const over = () => options.signal?.aborted === true || elapsed() >= (options.seconds ?? Number.POSITIVE_INFINITY) || hasBroken()
    const clients = postgres(options.adminUrl, { ...adminOptions(applicationName), max: 4 })
    const watch = watchRows(sys, scene, tally, () => {
      options.onProgress?.({ operations: tally.operations, seconds: elapsed(), violations: found().length })
    })
    const readers = openSys(options.adminUrl)
    const relays = sabotage?.pagesBySequence !== true
    const reader = await (relays ? readLog : readBySequence)(readers, fleet)
    const relayer = connect({ url: options.apiUrl, max: 1, applicationName, ...patience })
    const following = follow(relayer, sys, fleet, reader, relays)
    await driveLanes(db, scene, tally, {
      operations: weigh(operations, sabotage),
      seed,
      connections,
      each: options.operations === undefined ? undefined : Math.ceil(options.operations / connections),
      over,
      passTime: () => letTimePass(clients, scene).catch((error: unknown) => noteError(tally, error)),
      before:
        sabotage?.before && (async (call, at) => sabotage.before?.(call, at, clients)?.catch((error: unknown) => noteError(tally, error))),
    }).catch(async (error: unknown) => {
      await Promise.allSettled([watch.end(), following.end()])
      await Promise.allSettled([relayer.close(), clients.end({ timeout: 5 }), readers.end({ timeout: 5 })])
      throw error
    })
    const seconds = elapsed()
    const looks = await watch.end()
    if (!hasBroken()) await replay(db, tally)
    if (!(await following.end())) tally.violations.push({ check: 'events', problem: 'the relay did not come to an end' })
    await Promise.all([db.close(), relayer.close(), clients.end({ timeout: 5 }), readers.end({ timeout: 5 })])
    await untilGone(admin, applicationName)
    const counted = options.throwAway ? (await countedDeadlocks(admin)) - deadlocksBefore : 0
    const evidence = await gather(sys, scene, following.seen)
    const judged = checks.map((check) => ({ check, judged: check.judged(evidence), found: check.find(evidence) }))
    const { deadlocks = 0, violation } = deadlockOf(tally, counted)
    const violations = distinct([...found(), ...judged.flatMap((one) => one.found), ...(violation ? [violation] : [])])
    for (const violation of violations) tellStory(violation, scene)
    if (!options.throwAway) await removeFleet(sys, fleet)
    const overlaps = violations.filter(({ check }) => check === 'overlaps').length
    return {
      proof: { seed, operations: tally.operations, overlaps, deadlocks, violations, ok: violations.length === 0 },
      fleet,
      seconds,
      answers: tally.answers,
      judged: judged.map(({ check: { name, promise }, judged, found }) => ({ name, promise, judged, violations: found.length })),
      looks,
      evidence,
    }
  } finally {
    await Promise.all([db.close(), admin.end({ timeout: 5 }), sys.end({ timeout: 5 })])
  }
}

const weigh = (all: readonly Operation[], sabotage: Sabotage | undefined): Operation[] =>
  all.map((operation) => ({ ...operation, weight: operation.weight * (sabotage?.favours?.[operation.name] ?? 1) }))

function deadlockOf(tally: Tally, counted: number): { deadlocks?: number; violation?: Violation } {
  const seen = tally.sqlstates['40P01'] ?? 0
  const deadlocks = Math.max(seen, counted)
  if (deadlocks === 0) return {}
  return { deadlocks, violation: { check: 'deadlocks', problem: 'callers waited for each other in a circle', seen, counted } }
}

async function gather(sys: postgres.Sql, { fleet, ledger }: Scene, events: readonly SeenEvent[]): Promise<Evidence> {
  const before = new Set(ledger.newest.keys())
  return { fleet, ledger, before, events, snapshot: await takeSnapshot(sys, fleet) }
}

/** Holds what is stored against the checks that are true at any moment, again and again. */
function watchRows(sys: postgres.Sql, scene: Scene, tally: Tally, onLook: () => void): { end(): Promise<number> } {
  const ended = new AbortController()
  let looks = 0
  const watching = (async () => {
    while (!ended.signal.aborted) {
      const began = performance.now()
      const evidence = await gather(sys, scene, [])
      looks += 1
      for (const check of checks) if (check.during) tally.violations.push(...check.find(evidence))
      onLook()
      const took = performance.now() - began
      await pause(Math.max(lookEveryMs, 10 * took), undefined, { signal: ended.signal }).catch(() => {})
    }
  })()
  return {
    end: async () => {
      ended.abort()
      await watching
      return looks
    },
  }
}

/** Which operations made the trip what it is, as far as they were told. */
function tellStory(violation: Violation, { ledger }: Scene): void {
  const versions = typeof violation.tripId === 'string' ? ledger.versions.get(violation.tripId) : undefined
  if (versions !== undefined) violation.story = [...versions].sort(([a], [b]) => a - b).map(([version, { by }]) => `${version}: ${by}`)
}

/** What was seen while the run went on is seen again at its end. */
function distinct(violations: readonly Violation[]): Violation[] {
  return [...new Map(violations.map((violation) => [JSON.stringify(violation), violation])).values()]
}
