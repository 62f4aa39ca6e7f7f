// Numbers that look random and are the same in every run.

/** Answers a function that gives whole numbers from 0 to `below` - 1. */
export function sequence(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
