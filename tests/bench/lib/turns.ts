// Contestants take turns, round after round, so that a slow minute of the machine meets all of them; what is compared are medians and their spread.
import type { Cpu, Shot } from './fire.ts'

export interface Settings {
  rounds: number
  /** Seconds of one turn. */
  seconds: number
  warmup: number
  connections: number
  quick: boolean
  /** A hundred thousand cars and ten million trips. */
  scale: boolean
}

export interface Contestant {
  name: string
  shoot(seconds: number): Promise<Shot>
}

export interface Spread {
  median: number
  least: number
  most: number
  /** In their order. */
  rounds: readonly number[]
}

/** What one contestant reached in all rounds. */
export interface Standing {
  name: string
  rate: Spread
  p50: Spread
  p99: Spread
  cpu: Cpu
  tried?: Record<string, number>
  shots: Shot[]
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]]
  return { median: (low + high) / 2, least: sorted[0] ?? Number.NaN, most: sorted.at(-1) ?? Number.NaN, rounds: values }
}

/** A warm-up of each, then `rounds` times each in turn. */
export async function byTurns(contestants: readonly Contestant[], settings: Settings): Promise<Standing[]> {
  const shots = contestants.map((): Shot[] => [])
  if (settings.warmup > 0) for (const contestant of contestants) await contestant.shoot(settings.warmup)
  for (let round = 0; round < settings.rounds; round += 1) {
    for (const [i, contestant] of contestants.entries()) shots[i]?.push(await contestant.shoot(settings.seconds))
  }
  return contestants.map(({ name }, i) => standingOf(name, shots[i] ?? []))
}

function standingOf(name: string, shots: Shot[]): Standing {
  const middle = (pick: (cpu: Cpu) => number | null): number | null => {
    const values = shots.map(({ cpu }) => pick(cpu)).filter((value) => value !== null)
    return values.length === 0 ? null : spread(values).median
  }
  const ways = Object.keys(shots[0]?.tried ?? {})
  return {
    name,
    rate: spread(shots.map(({ rate }) => rate)),
    p50: spread(shots.map(({ p50 }) => p50)),
    p99: spread(shots.map(({ p99 }) => p99)),
    cpu: { server: middle(({ server }) => server), database: middle(({ database }) => database) },
    ...(ways.length === 0
      ? {}
      : { tried: Object.fromEntries(ways.map((way) => [way, spread(shots.map((s) => s.tried?.[way] ?? NaN)).median])) }),
    shots,
  }
}

/** The ratio of two contestants round by round: they shared that minute. */
export function ratioOf(ours: Standing, theirs: Standing, what: 'rate' | 'p50' | 'p99' = 'rate'): Spread {
  return spread(ours.shots.map((shot, round) => shot[what] / (theirs.shots[round]?.[what] ?? Number.NaN)))
}
