// Many senders of the same keys at once: every key is sent by everybody, each in an order of their own within a block.
import { sequence } from './random.ts'

export interface Storm {
  /** Keys that were sent. */
  keys: number
  /** What was answered, by word, for example `booked` or `booked, replayed`. */
  words: Record<string, number>
  /** Keys whose senders were not all told the same. */
  split: number
}

/** What one sender was told: `word` is counted, `told` must be the same for everybody. */
export interface Told {
  word: string
  told: string
}

const block = 16

/** Sends each key by `senders` at once; `send` is called with the key's number and the sender's. */
export async function storm(keys: number, senders: number, send: (key: number, sender: number) => Promise<Told>): Promise<Storm> {
  const words: Record<string, number> = {}
  const told = Array.from({ length: keys }, () => new Set<string>())
  const sender = async (first: number, lane: number, next: (below: number) => number) => {
    const left = Array.from({ length: Math.min(block, keys - first) }, (_, i) => first + i)
    while (left.length > 0) {
      const [key = 0] = left.splice(next(left.length), 1)
      const answer = await send(key, lane)
      words[answer.word] = (words[answer.word] ?? 0) + 1
      told[key]?.add(answer.told)
    }
  }
  const orders = Array.from({ length: senders }, (_, lane) => sequence(lane + 1))
  for (let first = 0; first < keys; first += block) {
    await Promise.all(orders.map((next, lane) => sender(first, lane, next)))
  }
  return { keys, words, split: told.filter((answers) => answers.size !== 1).length }
}
