// Malformed or unauthorised requests, one after the other: spoiled inputs over tRPC and REST, batches, broken text, headers, methods, paths, tokens.
import type { InjectOptions } from 'fastify'
import { restRoutes } from '../../../server/src/restRoutes.ts'
import { authRequest } from './auth.ts'
import { type Bag, isValid, type Next, type Procedure, pick, procedures, spoil, withIds } from './inputs.ts'
import { breakBytes, breakText } from './text.ts'

type Method = NonNullable<InjectOptions['method']>

export interface Malformed {
  what: string
  options: { method: Method; url: string; headers: Record<string, string>; payload?: string | Buffer }
  /** A read of it may by chance be well-formed; nothing that changes ever is. */
  mayRead: boolean
}

const json = 'application/json'
const byPath = new Map(procedures.map((procedure) => [procedure.path, procedure]))
const queries = procedures.filter(({ mutation }) => !mutation)
const mutations = procedures.filter(({ mutation }) => mutation)

const badTokens = [
  ...[
    '',
    'Bearer',
    'Bearer ',
    'Bearer x',
    'Bearer a.b.c',
    'Basic YTpi',
    'Bearer null',
    `Bearer ${'x'.repeat(9000)}`,
    'Bearer eyJhbGciOiJub25lIn0.e30.',
  ],
  ...[
    `Bearer ffk_${'A'.repeat(43)}`,
    'Bearer ffk_',
    `Bearer ffk_${'\u00e9'.repeat(43)}`,
    'bearer x y',
    'Bearer  \t',
    'Digest username="x"',
  ],
]
const oddHeaders: readonly [string, readonly string[]][] = [
  ['accept', ['text/html', '*/*;q=0', 'application/xml', ',', 'x'.repeat(3000)]],
  ['accept-encoding', ['gzip, br', 'identity;q=0', '*;q=0']],
  ['x-request-id', ['x', 'a b c d e f g h', '<script>', 'x'.repeat(500), '../../../../etc']],
  ['x-forwarded-for', ['1.2.3.4', 'unknown', '::ffff:1.2.3.4, ', "' or 1=1"]],
  ['origin', ['null', 'https://evil.example', 'x']],
  ['cookie', ['session=1; session=2', '=', '__proto__=1', ';;;;']],
  ['if-none-match', ['*', '"x"']],
  ['range', ['bytes=0-0', 'bytes=-1']],
  ['host', ['evil.example', '', 'a/b', '[::1']],
  ['forwarded', ['for=1.2.3.4;host=evil']],
  ['x-http-method-override', ['DELETE', 'POST']],
  ['content-encoding', ['gzip', 'br', 'identity', 'x', 'deflate, gzip']],
  ['expect', ['200-ok']],
  ['trpc-accept', ['application/jsonl', 'x']],
  ['idempotency-key', ['', 'x'.repeat(300), 'a\u00ffb', '   ', "' or 1=1"]],
]
const contentTypes = [
  ...[
    'text/plain',
    '',
    'application/jsonp',
    'application/json;',
    'application/json; charset=utf-16',
    'multipart/form-data; boundary=x',
    'x',
    '/',
    '*/*',
  ],
  ...[
    'application/x-www-form-urlencoded',
    'application/json, text/plain',
    'text/json',
    'application/octet-stream',
    'application/vnd.api+json',
  ],
]
const oddPaths = [
  ...[
    '/',
    '/api',
    '/api/',
    '/api/%zz',
    '/api/%00',
    '/trpc',
    '/trpc/',
    '/trpc/%',
    '/trpc/__proto__',
    '/trpc/a%2525',
    '/trpc/trips',
    '/trpc/trips.',
    '/.env',
  ],
  ...[
    '/trpc/trips.create/',
    '/trpc/toString',
    '/trpc/constructor.name',
    '/api/trips/..%2f..%2fetc%2fpasswd',
    '/api/../metrics/x',
    '/metrics/',
    '/health',
  ],
  ...[
    '/api/trips/%ff',
    '/api/trips/%ed%a0%80',
    `/api/trips/${'x'.repeat(4000)}`,
    `/trpc/${'x'.repeat(6000)}`,
    `/api/${'a/'.repeat(500)}`,
    '/docs/../x',
    '/*',
  ],
  ...[
    '/api/trips?limit=1&limit=2',
    '/api/trips?__proto__[a]=1',
    '/api/trips?a[b]=c',
    '/api/trips?limit=%00',
    '/api/cars?cursor=%ff%fe',
    '/api/trips?limit=1e3',
    '/api/me?x=1',
  ],
  ...[
    '/auth',
    '/auth/',
    '/auth/%',
    '/auth/sign-in',
    '/auth/sign-in/email/',
    '/auth/list-accounts',
    '/auth/callback/x?code=1&state=2',
    '/auth/../api/me',
    '/auth/verify-email?token=x&token=y',
    '/auth/get-session?disableCookieCache=true',
    '/.well-known/../x',
  ],
]
const methods: readonly Method[] = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND' as Method,
  'QUERY' as Method,
]

/** Text is what travels; undefined where none does. */
const parsed = (text: string | Buffer | undefined): unknown => {
  if (text === undefined || text.length === 0) return undefined
  try {
    return JSON.parse(text.toString())
  } catch {
    return Symbol('no JSON')
  }
}

/** Calls over tRPC, or REST and what is below /auth. */
export type Surface = 'tRPC' | 'REST'

/** Requests of somebody whose header this is, and who may see nothing but what everybody may; `session` signs them in below /auth. */
export function fuzzer(next: Next, surface: Surface, signedIn: string, session = ''): () => Malformed {
  /** Signed in, unless that would make a change succeed. */
  const authorization = (wouldSucceed: boolean): Record<string, string> => {
    if (!wouldSucceed && next(10) > 0) return { authorization: signedIn }
    return next(4) === 0 ? {} : { authorization: pick(next, badTokens) }
  }
  const extra = (): Record<string, string> => {
    if (next(6) > 0) return {}
    const [name, values] = pick(next, oddHeaders)
    return { [name]: pick(next, values) }
  }
  const textOf = (input: unknown): string | Buffer => {
    const text = JSON.stringify(input) ?? ''
    const dice = next(10)
    if (dice < 6) return text
    return dice < 9 ? breakText(next, text) : breakBytes(next, text)
  }
  const spoiled = ({ base }: Procedure) => (next(12) === 0 ? base : spoil(next, withIds(next, base)))

  const trpc = (): Malformed => {
    const procedure = pick(next, procedures)
    const text = textOf(spoiled(procedure))
    const headers = { ...extra(), ...authorization(isValid(procedure, parsed(text))) }
    const what = `tRPC ${procedure.path}`
    if (!procedure.mutation) {
      const url = `/trpc/${procedure.path}?input=${encoded(text)}`
      return { what, mayRead: true, options: { method: 'GET', url, headers } }
    }
    const url = `/trpc/${procedure.path}`
    return { what, mayRead: false, options: { method: 'POST', url, headers: { 'content-type': json, ...headers }, payload: text } }
  }

  const batch = (): Malformed => {
    const many = pick(next, [queries, mutations, procedures])
    const calls = Array.from({ length: 1 + next(12) }, () => pick(next, many))
    const inputs = Object.fromEntries(calls.map((call, i) => [next(20) === 0 ? pick(next, ['-1', '00', 'x', '99']) : i, spoiled(call)]))
    const dice = next(10)
    const text = dice === 0 ? breakText(next, JSON.stringify(inputs)) : JSON.stringify(dice === 1 ? Object.values(inputs) : inputs)
    const given = parsed(text) as Bag
    const succeeds = calls.some((call, i) => isValid(call, given?.[i]) || isValid(call, undefined))
    const query = pick(next, [
      'batch=1',
      'batch=1',
      'batch=1',
      'batch=1',
      'batch=1',
      'batch=true',
      'batch=0',
      'batch=1&batch=1',
      'batch=1&x=1',
    ])
    const streamed = next(10) === 0 ? { 'trpc-accept': 'application/jsonl' } : {}
    const headers = { ...extra(), ...streamed, ...authorization(succeeds) }
    const url = `/trpc/${calls.map(({ path }) => path).join(pick(next, [',', ',', ',', '%2C']))}?${query}`
    const what = `tRPC batch of ${calls.length}`
    if (many === queries) return { what, mayRead: true, options: { method: 'GET', url: `${url}&input=${wellFormed(text)}`, headers } }
    return { what, mayRead: false, options: { method: 'POST', url, headers: { 'content-type': json, ...headers }, payload: text } }
  }

  const rest = (): Malformed => {
    const route = pick(next, restRoutes)
    const { procedure: path, when } = pick(next, route.operations)
    const procedure = byPath.get(path)
    if (procedure === undefined) throw new Error(`${path} is a route and no procedure`)
    const input = spoiled(procedure)
    const bag: Bag = typeof input === 'object' && input !== null ? (input as Bag) : {}
    const names = [...route.url.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
    const url = names.reduce((so, name) => so.replace(`:${name}`, wellFormed(bag[name] ?? procedure.base[name])), route.url)
    const others = Object.entries(bag).filter(([name]) => !names.includes(name))
    const what = `REST ${route.method} ${route.url}`
    if (route.method === 'GET') {
      const query = others.map(([name, value]) => `${wellFormed(name)}=${wellFormed(value)}`)
      const headers = { ...extra(), ...authorization(false) }
      return { what, mayRead: true, options: { method: 'GET', url: `${url}?${query.join('&')}`, headers } }
    }
    const text = textOf({ ...Object.fromEntries(others), ...(next(8) === 0 ? {} : when) })
    const body = parsed(text)
    const { ...given } = typeof body === 'object' && body !== null ? (body as Bag) : {}
    for (const name of Object.keys(when ?? {})) delete given[name]
    for (const name of names) given[name] = decodeURIComponent(wellFormed(bag[name] ?? procedure.base[name]))
    const headers = { 'content-type': json, ...extra(), ...authorization(isValid(procedure, given)) }
    return { what, mayRead: false, options: { method: route.method, url, headers, payload: text } }
  }

  /** Well-formed, signed in, and about something that is somebody else's or nobody's. No key: its refusal would be kept. */
  const foreign = (): Malformed => {
    const procedure = pick(
      next,
      procedures.filter((one) => one.foreign),
    )
    const text = JSON.stringify(withIds(next, procedure.base))
    const what = `foreign ${procedure.path}`
    const headers = { authorization: signedIn, 'content-type': json }
    const url = `/trpc/${procedure.path}`
    if (procedure.mutation) return { what, mayRead: false, options: { method: 'POST', url, headers, payload: text } }
    return { what, mayRead: true, options: { method: 'GET', url: `${url}?input=${wellFormed(text)}`, headers } }
  }

  const auth = (): Malformed => {
    const headers = next(3) === 0 ? { authorization: pick(next, badTokens) } : {}
    return authRequest(next, { textOf, parsed, session, headers: { ...extra(), ...headers } })
  }

  const kinds = { tRPC: [trpc, trpc, trpc, batch], REST: [rest, rest, rest, auth] }[surface]

  const envelope = (): Malformed => {
    const inner = pick(next, kinds)()
    const method = pick(next, methods)
    const dice = next(3)
    if (dice === 0)
      return { ...inner, what: `path ${method}`, options: { ...inner.options, method, url: pick(next, oddPaths), payload: '{' } }
    if (dice === 1) return { ...inner, what: `method ${method}`, options: { ...inner.options, method, payload: '{"a":' } }
    const headers = { ...inner.options.headers, 'content-type': pick(next, contentTypes), ...extra(), authorization: pick(next, badTokens) }
    return { ...inner, what: `headers, ${inner.what}`, options: { ...inner.options, headers } }
  }

  return () => {
    const dice = next(100)
    if (dice < 13) return envelope()
    if (dice < 20 && surface === 'tRPC') return foreign()
    return pick(next, kinds)()
  }
}

/** Percent-encoded byte by byte where it is bytes. */
const encoded = (text: string | Buffer): string =>
  typeof text === 'string' ? wellFormed(text) : [...text].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')

/** Percent-encoded, also what is no well-formed text. An object's own toString may be what was put there to do harm. */
const wellFormed = (value: unknown): string =>
  encodeURIComponent((typeof value === 'object' ? JSON.stringify(value) : String(value)).toWellFormed())
