// Malformed requests to the bundled issuer, made from its own endpoints: spoiled inputs, and well-formed ones that can change nothing.
import { type Endpoint, endpoints } from '../../../server/src/issuer/endpoints.ts'
import { type Bag, baseOf, type Next, pick, spoil } from './inputs.ts'
import type { Malformed } from './requests.ts'

const known = endpoints.map((endpoint) => ({ ...endpoint, base: baseOf(endpoint.input) }))

/** Endpoints for which no valid input is known. */
export const unknownEndpoints = known.filter(({ input, base }) => !input.safeParse(base).success).map(({ path }) => path)

interface Means {
  textOf(input: unknown): string | Buffer
  parsed(text: string | Buffer): unknown
  /** Of somebody who is signed in. */
  session: string
  headers: Record<string, string>
}

/** A valid change comes from nobody; nobody signs up. */
export function authRequest(next: Next, { textOf, parsed, session, headers }: Means): Malformed {
  const { method, path, input, base } = pick(next, known)
  const what = `${method} /auth${path}`
  const signedIn = { authorization: `Bearer ${session}` }
  for (;;) {
    const given = next(12) === 0 ? base : spoil(next, base)
    if (method === 'GET') {
      const query = new URLSearchParams(Object.entries(given ?? {}).map(([name, value]) => [name, textOf(value).toString()]))
      const own = next(2) === 0 ? signedIn : {}
      return { what, mayRead: true, options: { method, url: `/auth${path}?${query}`, headers: { ...headers, ...own } } }
    }
    const text = textOf(given)
    const valid = isTaken(input, parsed(text))
    if (valid && path === '/sign-up/email') continue
    const own = !valid && next(2) === 0 ? signedIn : {}
    const options = { method, url: `/auth${path}`, headers: { 'content-type': 'application/json', ...headers, ...own }, payload: text }
    return { what, mayRead: valid, options }
  }
}

const isTaken = (input: Endpoint['input'], body: unknown): boolean => input.safeParse((body ?? {}) as Bag).success
