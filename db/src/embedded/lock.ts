// A lock between processes that the kernel gives back when its holder dies: an exclusive transaction on an empty SQLite file.

import { DatabaseSync } from 'node:sqlite'

export interface Lock {
  release(): void
}

const busy = 5

/** Takes the lock if it is free; the file itself means nothing and stays. */
export function tryLock(path: string): Lock | undefined {
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    // Without it a journal file comes and goes beside the lock.
    database.exec('pragma journal_mode = memory')
    database.exec('begin exclusive')
    return { release: () => database.close() }
  } catch (error) {
    database.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === busy) return undefined
    throw error
  }
}
