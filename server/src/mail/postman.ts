// Takes mail from whoever answers a request, who never waits for it: neither the time nor the outcome of an answer says whether mail was sent.
import { setTimeout as pause } from 'node:timers/promises'
import type { Mail, MailPort } from './port.ts'

export interface Postman {
  post(mail: Mail): void
  /** Resolves when what was posted has been sent or given up, at the latest after `graceMs`. */
  close(graceMs: number): Promise<void>
}

export interface PostmanOptions {
  /** Told when a message is given up; it learns the reason, never the address. */
  onError: (error: unknown) => void
  /** Pauses before further attempts. */
  pausesMs?: readonly number[]
}

export function createPostman(port: MailPort, { onError, pausesMs = [500, 5000] }: PostmanOptions): Postman {
  const underway = new Set<Promise<void>>()

  const deliver = async (mail: Mail) => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await port.send(mail)
      } catch (error) {
        const wait = pausesMs[attempt]
        if (wait === undefined) throw error
        await pause(wait, undefined, { ref: false })
      }
    }
  }

  return {
    post: (mail) => {
      const work: Promise<void> = deliver(mail)
        .catch((error: unknown) => onError(withoutAddresses(error)))
        .finally(() => underway.delete(work))
      underway.add(work)
    },
    close: async (graceMs) => {
      if (underway.size > 0) await Promise.race([Promise.all(underway), pause(graceMs)])
      port.close()
    },
  }
}

/** What a mail server says may repeat the address; its status says enough. */
function withoutAddresses(error: unknown): Error {
  const { code, responseCode } = error instanceof Error ? (error as Error & { code?: unknown; responseCode?: unknown }) : {}
  return new Error(`mail was not sent (${[code, responseCode].filter((part) => part !== undefined).join(' ') || 'no reason given'})`)
}
