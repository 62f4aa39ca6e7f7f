// Makes a client: every procedure of the server as a typed function.
import type { AppRouter } from '@fleetflow/server/router'
import { createTRPCClient, type TRPCClient } from '@trpc/client'
import { deadlineLink } from './links/deadline.ts'
import { fleetflowHttpLink } from './links/http.ts'
import { keysLink } from './links/keys.ts'
import { renewalLink } from './links/renewal.ts'
import { type RetryOptions, retryLink } from './links/retry.ts'
import { type TokenProvider, tokenSource } from './tokens.ts'

/** The type of the server's router, for tools that build on tRPC. */
export type { AppRouter } from '@fleetflow/server/router'

/**
 * Queries are `client.cars.list.query(input)`, mutations `client.trips.create.mutate(input)`. Both take tRPC's options as a second
 * argument; `{ signal }` aborts that call alone. A call that fails rejects with an `Error`; `reasonOf(error)` tells why.
 */
export type FleetflowClient = TRPCClient<AppRouter>

export interface FleetflowClientOptions {
  /** Where the server is, as text or a URL: `http://127.0.0.1:3000`, with a path if it lives below one. In browsers `''` is the page's origin. */
  url: string | { readonly href: string }
  /** A bearer token, or a function that is asked before every request and gives `null` or `undefined` while nobody is signed in. */
  token?: string | TokenProvider | undefined
  /**
   * Asked for a fresh token when the server refuses the one it was sent (`UNAUTHENTICATED`); the refused calls are then sent once more.
   * However many calls were refused, it is asked once. The fresh token stands in for the refused one until `token` gives another.
   * Give `null` or `undefined` if there is none to be had: the calls then fail with `UNAUTHENTICATED`. Not asked while `token()` gives none.
   */
  refreshToken?: TokenProvider | undefined
  /** Milliseconds from a call to its answer, tokens and further tries included; default 30,000. `Infinity` waits for ever. */
  timeoutMs?: number | undefined
  /**
   * Whether calls of the same tick share a request, at most 10 (default true). They are judged one by one, and run side by side; the
   * answers arrive together.
   */
  batch?: boolean | undefined
  /**
   * Whether every mutation gets an idempotency key of its own, the same for all of its tries (default true). An input that names its
   * `idempotencyKey` keeps it. A mutation without a key is never sent again.
   */
  idempotencyKeys?: boolean | undefined
  /** How calls that found no answer are sent again; `false`: never. */
  retry?: false | RetryOptions | undefined
}

const longestTimer = 2 ** 31 - 1

/**
 * A client of the FleetFlow server at `url`. It holds no connection: nothing has to be closed.
 *
 * ```ts
 * const client = createFleetflowClient({ url: 'http://127.0.0.1:3000', token })
 * const { items } = await client.cars.list.query({ fleet: 'demo' })
 * const trip = await client.trips.create.mutate({ carId, startDate: '2026-05-01T10:00:00Z', endDate: '2026-05-03T10:00:00Z' })
 * ```
 *
 * Errors: RangeError when `timeoutMs` or `retry` cannot be kept. Calls reject with an error that `reasonOf` reads.
 */
export function createFleetflowClient(options: FleetflowClientOptions): FleetflowClient {
  const { timeoutMs = 30_000, batch = true, idempotencyKeys = true, retry = {} } = options
  if (!(timeoutMs > 0 && (timeoutMs <= longestTimer || timeoutMs === Number.POSITIVE_INFINITY))) {
    throw new RangeError(`timeoutMs must be above 0 and at most ${longestTimer}, or Infinity`)
  }
  const tokens = tokenSource(options)
  const base = typeof options.url === 'string' ? options.url : options.url.href
  const url = `${base.replace(/\/+$/, '')}/trpc`
  return createTRPCClient<AppRouter>({
    links: [
      keysLink(idempotencyKeys),
      deadlineLink(timeoutMs),
      retryLink(retry === false ? { retries: 0 } : retry),
      renewalLink(tokens),
      fleetflowHttpLink({ url, tokens, batch }),
    ],
  })
}
