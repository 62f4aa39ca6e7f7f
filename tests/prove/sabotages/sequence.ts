// A subscriber that pages the outbox by its sequence instead of reading the log that the relay writes.
import type { Sabotage } from './sabotage.ts'

export const sequence: Sabotage = {
  name: 'sequence',
  what: 'a subscriber pages by the sequence in which changes were numbered',
  breaks: 'events',
  // Numbers are drawn under the lock of a car: many cars let many callers write at once.
  cars: 32,
  pagesBySequence: true,
}
