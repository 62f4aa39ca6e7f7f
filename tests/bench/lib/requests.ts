// The HTTP requests that load is made of, by name: what the load's own process is told to send.
import { bookingOf, type Slots } from './bookings.ts'

export interface Made {
  method: 'GET' | 'POST'
  path: string
  headers: Record<string, string>
  body?: string
}

export interface Caller {
  token: string
  /** Who that is to PostgreSQL, as the server says it. */
  actor: { issuer: string; subject: string; email: string }
}

const json = (token: string) => ({ authorization: `Bearer ${token}`, 'content-type': 'application/json' })

const keyOf = (n: number, { key = 'bench', firstCar }: Slots) => `${key}-${firstCar}-${n}`

const mutation = `mutation Book($input: CreateTripRpcInput!) { createTripRpc(input: $input) { result } }`

const greeting = (n: number) => JSON.stringify({ name: `caller ${n}`, times: 1 + (n % 3) })

/** Each makes request number `n` of a caller. */
export const requests = {
  /** tRPC, ours and the rival's. */
  createTrpc: (n: number, { token }: Caller, slots: Slots): Made => ({
    method: 'POST',
    path: '/trpc/trips.create',
    headers: json(token),
    body: JSON.stringify({ ...bookingOf(n, slots), idempotencyKey: keyOf(n, slots) }),
  }),
  createPlain: (n: number, { token }: Caller, slots: Slots): Made => ({
    method: 'POST',
    path: '/trips',
    headers: json(token),
    body: JSON.stringify(bookingOf(n, slots)),
  }),
  createGraphql: (n: number, { token, actor }: Caller, slots: Slots): Made => ({
    method: 'POST',
    path: '/graphql',
    headers: json(token),
    body: JSON.stringify({ query: mutation, variables: { input: { ...bookingOf(n, slots), actor, idempotencyKey: keyOf(n, slots) } } }),
  }),
  listTrpc: (_n: number, { token }: Caller): Made => ({
    method: 'GET',
    path: `/trpc/trips.list?input=${encodeURIComponent('{"limit":20}')}`,
    headers: { authorization: `Bearer ${token}` },
  }),
  listPlain: (_n: number, { actor }: Caller): Made => ({
    method: 'GET',
    path: `/trips?email=${encodeURIComponent(actor.email)}`,
    headers: {},
  }),
  helloQuery: (n: number): Made => ({ method: 'GET', path: `/trpc/hello?input=${encodeURIComponent(greeting(n))}`, headers: {} }),
  helloMutation: (n: number): Made => ({
    method: 'POST',
    path: '/trpc/greet',
    headers: { 'content-type': 'application/json' },
    body: greeting(n),
  }),
  helloBatch: (n: number): Made => ({
    method: 'GET',
    path: `/trpc/${Array.from({ length: 10 }, () => 'hello').join(',')}?batch=1&input=${encodeURIComponent(
      `{${Array.from({ length: 10 }, (_, i) => `"${i}":${greeting(n + i)}`).join(',')}}`,
    )}`,
    headers: {},
  }),
} as const

export type RequestName = keyof typeof requests
