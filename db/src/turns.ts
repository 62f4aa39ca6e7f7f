// Bounds how many statements about one thing are sent at once: those that wait for its lock would fill the pool, and everybody else would wait with them.
import { type DatabaseCode, DatabaseError } from './errors.ts'

/** Resolves, in the order of asking, to what ends the turn. Throws its code when patience ends first: nothing was sent. */
export type Turns = (key: string) => Promise<() => void>

interface Queue {
  running: number
  waiting: Set<() => void>
}

export interface TurnOptions {
  atOnce: number
  patienceMs: number
  /** What is said when patience ends. */
  code: DatabaseCode
}

export function takeTurns({ atOnce, patienceMs, code }: TurnOptions): Turns {
  const queues = new Map<string, Queue>()

  const end = (key: string, queue: Queue) => {
    const [next] = queue.waiting
    // The turn is handed over, so that nobody who asks now is before those who wait.
    if (next !== undefined) return next()
    queue.running -= 1
    if (queue.running === 0) queues.delete(key)
  }

  return async (key) => {
    const queue = queues.get(key) ?? { running: 0, waiting: new Set() }
    queues.set(key, queue)
    if (queue.running < atOnce) queue.running += 1
    else await myTurn(queue, patienceMs, code)
    return () => end(key, queue)
  }
}

function myTurn(queue: Queue, patienceMs: number, code: DatabaseCode): Promise<void> {
  return new Promise((resolve, reject) => {
    const called = () => {
      clearTimeout(timer)
      queue.waiting.delete(called)
      resolve()
    }
    const timer = setTimeout(() => {
      queue.waiting.delete(called)
      reject(new DatabaseError(code, new Error(`no turn within ${patienceMs} ms`)))
    }, patienceMs)
    queue.waiting.add(called)
  })
}
