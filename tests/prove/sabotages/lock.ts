// Takes the lock on cars away: the constraint still decides, but callers deadlock where they would have queued.
import { noLock, type Sabotage } from './sabotage.ts'

export const lock: Sabotage = {
  name: 'lock',
  what: 'nobody locks a car before writing its trips',
  breaks: 'deadlocks',
  // Deadlocks need two that move trips into each other's way at once.
  cars: 1,
  favours: { modify: 8, extend: 4 },
  alter: async (admin) => {
    await admin.unsafe(noLock)
  },
}
