// Gives each mutation an idempotency key, one for all of its tries, so that sending it again never does it twice.
import type { AppRouter } from '@fleetflow/server/router'
import type { TRPCLink } from '@trpc/client'
import { observable } from '@trpc/server/observable'

const keys = new WeakMap<object, string>()

/** The key that the call which failed with this error was sent with. */
export function keyOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null ? keys.get(error) : undefined
}

/** The key that an input names. */
export function keyIn(input: unknown): string | undefined {
  if (typeof input !== 'object' || input === null || !('idempotencyKey' in input)) return undefined
  return typeof input.idempotencyKey === 'string' ? input.idempotencyKey : undefined
}

/** A key that an input names itself is left alone; with `make` the others get one. */
export function keysLink(make: boolean): TRPCLink<AppRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) => {
        const key = op.type === 'mutation' ? (keyIn(op.input) ?? (make ? newKey() : undefined)) : undefined
        const input = key === undefined ? op.input : { ...(op.input as object | undefined), idempotencyKey: key }
        return next({ ...op, input }).subscribe({
          next: observer.next,
          complete: observer.complete,
          error(error) {
            if (key !== undefined) keys.set(error, key)
            observer.error(error)
          },
        })
      })
}

/** Browsers have `randomUUID` only on pages that came over https; 128 random bits do as well. */
function newKey(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
