// Numbers that look random and follow from the seed alone: what makes a plan replayable.

/** Answers whole numbers from 0 to `below` - 1. */
export type Dice = (below: number) => number

/** Streams of different names never run in step, however near their seeds are. */
export function diceOf(seed: number, name: string): Dice {
  let state = seed >>> 0
  for (const letter of name) state = Math.imul(state ^ letter.charCodeAt(0), 0x01000193) >>> 0
  return (below) => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return Math.floor((((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32) * below)
  }
}
