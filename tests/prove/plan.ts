// The plan of a run: what every connection will ask for, one after the other, derived from the seed alone.
import { type Dice, diceOf } from './dice.ts'
import type { Operation } from './operation.ts'

/** What is drawn for one operation. Which trip and which instants these numbers stand for, the scene of the run says. */
export interface Draw {
  /** Lane and place in it, as violations name it: `12.40`. */
  id: string
  lane: number
  /** Which cars, as indexes that are larger than any fleet. */
  car: number
  otherCar: number
  /** Minutes from the hour. */
  start: number
  /** Minutes before it, for what a fleet enters afterwards. */
  past: number
  /** How long, in minutes. */
  minutes: number
  /** Which of the trips that it could be about, and which second one. */
  pick: number
  otherPick: number
  /** Who asks: the trip's own renter (or the lane's), the fleet's manager, or somebody who has nothing to do with it. */
  who: 'renter' | 'manager' | 'stranger'
  /** 0 to 999, for what is the operation's own. */
  dice: number
  /** Sent by two connections at once under one key. */
  twice: boolean
  /** Time passes first, for what waits for somebody. */
  hurries: boolean
  /** A dry run, where the operation has one. */
  rehearsal: boolean
}

export interface Planned {
  operation: Operation
  draw: Draw
}

const whoOf = (dice: number): Draw['who'] => (dice < 70 ? 'renter' : dice < 98 ? 'manager' : 'stranger')

function draw(dice: Dice, lane: number, n: number): Draw {
  return {
    id: `${lane}.${n}`,
    lane,
    car: dice(1000),
    otherCar: dice(1000),
    // Ten days of half hours: few enough that callers meet, with seconds that nobody shares.
    start: dice(480) * 30 + dice(3),
    past: 60 + dice(20_000) * 15,
    minutes: [45, 60, 120, 240, 480, 1440, 1500, 2880][dice(8)] ?? 60,
    pick: dice(1_000_000),
    otherPick: dice(1_000_000),
    who: whoOf(dice(100)),
    dice: dice(1000),
    twice: dice(100) < 4,
    hurries: dice(100) < 5,
    rehearsal: dice(100) < 4,
  }
}

/** The endless list of one lane; runs of different length share their beginning. */
export function* planOf(operations: readonly Operation[], seed: number, lane: number): Generator<Planned, never> {
  const dice = diceOf(seed, `lane ${lane}`)
  const tickets = operations.flatMap((operation) => Array.from({ length: operation.weight }, () => operation))
  for (let n = 0; ; n += 1) {
    const operation = tickets[dice(tickets.length)]
    if (operation === undefined) throw new Error('there are no operations')
    yield { operation, draw: draw(dice, lane, n) }
  }
}
