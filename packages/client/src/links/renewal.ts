// Sends a call once more when its token was refused and a fresh one could be had. A refused call never took effect, so that is safe.
import type { AppRouter } from '@fleetflow/server/router'
import { type Operation, TRPCClientError, type TRPCLink } from '@trpc/client'
import { observable, type Unsubscribable } from '@trpc/server/observable'
import type { TokenSource, TokenUse } from '../tokens.ts'

const key = 'fleetflow:token'

/** Remembers, beside each call, with which token it was sent. */
export function rememberToken(calls: readonly Operation[], use: TokenUse): void {
  for (const { context } of calls) context[key] = use
}

export function renewalLink(tokens: TokenSource): TRPCLink<AppRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) => {
        let subscription: Unsubscribable | undefined
        let over = false

        const send = (last: boolean) => {
          const context: Record<string, unknown> = { ...op.context }
          subscription = next({ ...op, context }).subscribe({
            next: observer.next,
            complete: observer.complete,
            error(error) {
              const use = context[key]
              if (last || error.data?.code !== 'UNAUTHENTICATED' || !isTokenUse(use)) observer.error(error)
              else renewAndSend(use, error)
            },
          })
        }

        const renewAndSend = (use: TokenUse, refusal: TRPCClientError<AppRouter>) => {
          tokens.renew(use).then(
            (renewed) => {
              if (over) return
              if (renewed) send(true)
              else observer.error(refusal)
            },
            (failure: Error) => observer.error(TRPCClientError.from(failure)),
          )
        }

        send(false)
        return () => {
          over = true
          subscription?.unsubscribe()
        }
      })
}

function isTokenUse(value: unknown): value is TokenUse {
  return typeof value === 'object' && value !== null && 'given' in value && 'used' in value
}
