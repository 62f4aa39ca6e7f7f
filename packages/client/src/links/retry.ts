// Sends a call again that may succeed the next time: queries always, mutations only with their idempotency key.
import type { AppRouter } from '@fleetflow/server/router'
import type { TRPCLink } from '@trpc/client'
import { observable, type Unsubscribable } from '@trpc/server/observable'
import { type ReasonCode, reasonOf } from '../reasons.ts'
import { keyIn } from './keys.ts'

export interface RetryOptions {
  /** How often a call is sent again, at most; default 4. */
  retries?: number | undefined
  /** Milliseconds before the second try; each further pause may be twice as long. Default 100. The server's `retryAfterMs` counts if it is longer. */
  firstDelayMs?: number | undefined
  /** The longest pause in milliseconds that is not the server's wish; default 5000. */
  longestDelayMs?: number | undefined
  /**
   * The codes after which a call is sent again, if the failure says `retryable`; default `UNAVAILABLE` (which stands for every failure of the
   * network, too), `TRY_AGAIN`, `IDEMPOTENCY_IN_PROGRESS` and `SHUTTING_DOWN`. `CAR_BUSY` is not among them: the server has waited for the car
   * already, and a person may rather have another one. `RATE_LIMITED`, `OVERLOADED` and `TIMEOUT` are not, because more calls are the last thing they need.
   */
  codes?: readonly ReasonCode[] | undefined
}

const usual: readonly ReasonCode[] = ['UNAVAILABLE', 'TRY_AGAIN', 'IDEMPOTENCY_IN_PROGRESS', 'SHUTTING_DOWN']

/** Errors: RangeError for options that no timer can keep. */
export function retryLink({ retries = 4, firstDelayMs = 100, longestDelayMs = 5000, codes = usual }: RetryOptions): TRPCLink<AppRouter> {
  if (!(retries >= 0 && firstDelayMs >= 0 && longestDelayMs >= 0 && longestDelayMs < 2 ** 31)) {
    throw new RangeError('retry: retries, firstDelayMs and longestDelayMs must be 0 or more')
  }

  /** How long to wait after this failure of the nth try; undefined: it is final. */
  function pauseAfter(error: unknown, tries: number): number | undefined {
    const { code, retryable, retryAfterMs = 0 } = reasonOf(error)
    if (tries > retries || !retryable || !codes.includes(code)) return undefined
    const pause = Math.min(longestDelayMs, firstDelayMs * 2 ** (tries - 1))
    return Math.max(retryAfterMs, pause / 2) + (Math.random() * pause) / 2
  }

  return () =>
    ({ op, next }) =>
      observable((observer) => {
        const safe = op.type !== 'mutation' || keyIn(op.input) !== undefined
        let subscription: Unsubscribable | undefined
        let timer: ReturnType<typeof setTimeout> | undefined

        const send = (tries: number) => {
          subscription = next(op).subscribe({
            next: observer.next,
            complete: observer.complete,
            error(error) {
              const pause = safe ? pauseAfter(error, tries) : undefined
              if (pause === undefined) observer.error(error)
              else timer = setTimeout(send, pause, tries + 1)
            },
          })
        }

        send(1)
        return () => {
          clearTimeout(timer)
          subscription?.unsubscribe()
        }
      })
}
