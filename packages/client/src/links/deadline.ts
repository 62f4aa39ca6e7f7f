// Ends a call at its deadline or when its signal says so, at once and by itself: other calls of the same batch go on.
import type { AppRouter } from '@fleetflow/server/router'
import { TRPCClientError, type TRPCLink } from '@trpc/client'
import { observable } from '@trpc/server/observable'
import { CallFailure } from '../failures.ts'

/** `timeoutMs` counts from the call to its answer, with everything between: batching, tokens, one more try. */
export function deadlineLink(timeoutMs: number): TRPCLink<AppRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) => {
        const { signal } = op
        const end = (failure: CallFailure) => observer.error(TRPCClientError.from(failure))
        if (signal?.aborted) {
          end(abortOf(signal))
          return
        }
        const onAbort = () => signal && end(abortOf(signal))
        signal?.addEventListener('abort', onAbort, { once: true })
        const timer = timeoutMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(() => end(timeoutOf(`${timeoutMs} ms`)), timeoutMs)
        const subscription = next({ ...op, signal: null }).subscribe(observer)
        return () => {
          clearTimeout(timer)
          signal?.removeEventListener('abort', onAbort)
          subscription.unsubscribe()
        }
      })
}

function abortOf(signal: AbortSignal): CallFailure {
  const { reason } = signal
  if (reason instanceof Error && reason.name === 'TimeoutError') return timeoutOf("the time of the call's signal")
  return new CallFailure('ABORTED', 'The call was aborted.', { cause: reason })
}

function timeoutOf(limit: string): CallFailure {
  return new CallFailure('TIMEOUT', `No answer within ${limit}.`, { retryable: true })
}
