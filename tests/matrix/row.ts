// What a row of the matrix says: a valid call, who may make it, and whose things its ids could name instead.
import type { Code } from '@fleetflow/server'
import type { Caller, Scene } from './scene.ts'

/** Those whom authentication lets in: what happens to the others is the same in every row. */
export const known = ['renter', 'stranger', 'driver', 'manager', 'owner', 'rival', 'admin', 'keyIn'] as const satisfies readonly Caller[]
export type Known = (typeof known)[number]

/** `empty`: a page without items. */
export type Verdict = 'ok' | 'empty' | Code

export type Input = Record<string, unknown>

/** What an id argument names when it names something of the rival fleet. */
export interface ForeignId {
  foreign: (scene: Scene) => string
  /** The call that names it, where it is not the row's own. */
  input?: (scene: Scene, id: string) => Input
  /** What those who may make the call are told, in words; NOT_FOUND for whoever is not named. The same for an id that is nobody's. */
  told?: Partial<Record<Verdict, string>>
}

export interface Row {
  input: (scene: Scene) => Input
  /** Callers by verdict, in words: every known caller once. */
  who: Partial<Record<Verdict, string>>
  /** Every argument that holds an id or a fleet, by name. */
  ids?: Record<string, ForeignId>
}

/** The verdict of each caller that is named. Throws where one is named twice. */
export function spell(who: Row['who']): Partial<Record<Known, Verdict>> {
  const verdicts: Partial<Record<Known, Verdict>> = {}
  for (const [verdict, names] of Object.entries(who)) {
    for (const name of names.split(' ')) {
      if (!known.includes(name as Known)) throw new Error(`nobody is called ${name}`)
      if (verdicts[name as Known] !== undefined) throw new Error(`${name} has two verdicts`)
      verdicts[name as Known] = verdict as Verdict
    }
  }
  return verdicts
}

/** The verdict of each known caller. Throws where one is missing. */
export function verdictsOf(row: Row): Record<Known, Verdict> {
  const verdicts = spell(row.who)
  const missing = known.filter((name) => verdicts[name] === undefined)
  if (missing.length > 0) throw new Error(`no verdict for ${missing.join(', ')}`)
  return verdicts as Record<Known, Verdict>
}

export const absentId = '01900000-0000-7000-8000-000000000000'

/** Ids of the rival fleet, as most rows need them. */
export const foreign = {
  car: { foreign: ({ rival }) => rival.carIds[0] ?? '' },
  trip: { foreign: ({ trips }) => trips.hidden },
  fleet: { foreign: ({ rival }) => rival.slug },
  member: { foreign: ({ rival }) => rival.driverId },
  invitation: { foreign: ({ invitations }) => invitations.hidden.id },
  ratePlan: { foreign: ({ rival }) => rival.planId },
} satisfies Record<string, ForeignId>
