// A lock between processes that the kernel gives back when its holder dies: an exclusive transaction on an empty SQLite file.

import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'

export interface Lock {
  release(): void
}

const busy = 5

/** Takes the lock if it is free; the file itself means nothing and stays. */
export function tryLock(path: string): Lock | undefined {
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    database.exec('begin exclusive')
    return { release: () => database.close() }
  } catch (error) {
    database.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === busy) return undefined
    throw error
  }
}

/** Waits for the lock; undefined when `timeoutMs` pass. */
export async function waitForLock(path: string, timeoutMs: number): Promise<Lock | undefined> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const lock = tryLock(path)
    if (lock !== undefined || Date.now() > deadline) return lock
    await pause(10 + Math.random() * 40)
  }
}
