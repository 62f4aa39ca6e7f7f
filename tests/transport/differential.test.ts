// The transport against tRPC's own Fastify adapter: the same requests, the same answers, byte for byte, and the same told to onError.
import { describe, expect, test } from 'vitest'
import { transformer } from './router.ts'
import { type Asked, ask, openBoth, type Way } from './servers.ts'

const json = { 'content-type': 'application/json' }
const post = (path: string, body: unknown, headers: Record<string, string> = json): Asked => ({
  method: 'POST',
  path: `/trpc/${path}`,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
})
const get = (path: string, input?: unknown, headers: Record<string, string> = {}): Asked => ({
  path: `/trpc/${path}${input === undefined ? '' : `${path.includes('?') ? '&' : '?'}input=${encodeURIComponent(typeof input === 'string' ? input : JSON.stringify(input))}`}`,
  headers,
})
const as = (who: string, asked: Asked): Asked => ({ ...asked, headers: { ...asked.headers, 'x-who': who } })
const named = (asked: Asked): [string, Asked] => [
  `${asked.method ?? 'GET'} ${asked.path} ${asked.body ?? ''} ${JSON.stringify(asked.headers ?? {})}`.slice(0, 160),
  asked,
]

const single: Asked[] = [
  get('hello'),
  get('echo', { a: [1, 'ü', null] }),
  get('echo', '"100%"'),
  get('echo', '"a+b c"'),
  get('echo', ''),
  get('echo', 'null'),
  get('echo', '0'),
  get('echo', '{"__proto__":{"x":1}}'),
  get('echo', '{broken'),
  get('echo', '[1]'),
  get('nothing'),
  get('zero'),
  get('deep.er.query'),
  get('deep.er'),
  get('deep'),
  get('unknown'),
  get('toString'),
  get('constructor'),
  get('__proto__'),
  get('hel%6co'),
  get('hello%'),
  get('hello%2Chello'),
  get('hello,hello'),
  get('throwsPlain'),
  get('throwsCause'),
  get('badOutput'),
  get('unread', { x: 1 }),
  get('promised'),
  get('generated'),
  get('throwsCode', '"NO_SUCH_CODE"'),
  get('hello?batch=0'),
  get('hello?batch=true'),
  get('hello?other=1'),
  get('hello?connectionParams=%7B%22a%22%3A%22b%22%7D'),
  get('hello?connectionParams={'),
  get('echo?input=1&input=2'),
  { path: '/trpc/echo?input=%zz' },
  { path: '/trpc/echo?input=%22%ff%22' },
  { path: '/trpc/echo?input="a&b"' },
  get('lazily.there'),
  get('lazily.there'),
  get('lazily.missing'),
  post('lazily.save', {}),
  post('say', { text: 'hi' }),
  post('say', { text: 5 }),
  post('say', {}),
  post('say', '[]'),
  post('say', 'null'),
  post('say', '"text"'),
  post('say', '{broken'),
  post('say', ''),
  post('save', '[1,2]'),
  post('save', '7'),
  post('save', 'false'),
  post('save', { text: 'x' }, { 'content-type': 'application/json; charset=utf-8' }),
  post('save', { text: 'x' }, { 'content-type': 'APPLICATION/JSON' }),
  post('save', { text: 'x' }, { 'content-type': 'application/jsonp' }),
  post('save', { text: 'x' }, { 'content-type': 'text/plain' }),
  post('save', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }),
  post('save', 'bytes', { 'content-type': 'application/octet-stream' }),
  { method: 'POST', path: '/trpc/none', headers: json, body: '{}' },
  { method: 'POST', path: '/trpc/none' },
  post('throwsText', {}),
  post('hello', {}),
  get('say', { text: 'x' }),
  post('unknown', {}),
  { method: 'PUT', path: '/trpc/say', headers: json, body: '{}' },
  { method: 'DELETE', path: '/trpc/hello' },
  { method: 'PATCH', path: '/trpc/say', headers: json, body: '{"text":"x"}' },
  { method: 'HEAD', path: '/trpc/hello' },
  { method: 'OPTIONS', path: '/trpc/hello' },
  get('hello', undefined, json),
  get('hello', undefined, { 'content-type': 'text/plain' }),
  get('hello', undefined, { accept: 'application/json' }),
  get('hello', undefined, { accept: 'application/jsonl' }),
  get('hello', undefined, { 'trpc-accept': 'application/jsonl' }),
  get('hello', undefined, { 'trpc-accept': 'application/json' }),
  get('ticks'),
  get('ticks', { to: 2 }),
  get('ticks', { to: 'two' }),
  get('notStreaming'),
  post('ticks', {}),
  as('nobody', get('hello')),
  as('broken', post('say', { text: 'x' })),
  as('info', get('hello?batch=1', { 0: 1 })),
  as('info', get('hello', 'null')),
]

const batched: Asked[] = [
  get('hello,zero,nothing?batch=1'),
  get('echo,echo?batch=1', { 0: 'a', 1: { b: 1 } }),
  get('echo,echo?batch=1', { 1: 'only the second' }),
  get('echo?batch=1', '[5]'),
  get('echo?batch=1', '5'),
  get('echo?batch=1', 'null'),
  get('echo?batch=1', '{broken'),
  get('hello,throwsPlain?batch=1'),
  get('throwsCause,throwsCause?batch=1'),
  get('throwsCause,throwsPlain?batch=1'),
  get('hello,unknown?batch=1'),
  get('hello,say?batch=1'),
  get('unknown,missing?batch=1'),
  get('hello,?batch=1'),
  get(',?batch=1'),
  get('hello,ticks?batch=1'),
  get('ticks?batch=1'),
  get('hello,promised,generated?batch=1'),
  get('lazily.there,hello?batch=1'),
  get('hello,hello,hello,hello,hello,hello?batch=1'),
  post('say,say?batch=1', { 0: { text: 'a' }, 1: { text: 'b' } }),
  post('say,save,none?batch=1', { 0: { text: 1 }, 1: null }),
  post('say?batch=1', { 0: { text: 'x' } }),
  post('say?batch=1', [{ text: 'x' }]),
  post('say?batch=1', '"x"'),
  post('hello,say?batch=1', {}),
  post('hello,hello?batch=1', {}),
  get('hello,echo?batch=1', { 1: 1 }, { 'trpc-accept': 'application/jsonl' }),
  get('hello,throwsPlain,promised?batch=1', undefined, { 'trpc-accept': 'application/jsonl' }),
  as('nobody', get('hello,unread?batch=1')),
  as('broken', post('say,none?batch=1', { 0: { text: 'x' } })),
  as('info', get('hello,hello?batch=1')),
]

const ways: [string, Way][] = [
  ['as it comes', {}],
  ['with a transformer', { transformed: true }],
  ['with an error formatter', { formatted: true, transformed: true }],
  ['with headers of the response', { meta: 'headers' }],
  ['with headers of the response as an object', { meta: 'object' }],
  ['with a status of the response', { meta: 'status', formatted: true }],
  ['with methods overridden', { override: true }],
  ['without batches', { batching: false }],
  ['with small batches', { most: 2 }],
]

/** Inputs as the transformer of the way writes them. */
function written(asked: Asked, way: Way): Asked[] {
  if (!way.transformed) return [asked]
  const wrapped = (text: string, batch: boolean): string => {
    try {
      const value: unknown = JSON.parse(text)
      const map = batch && typeof value === 'object' && value !== null
      return JSON.stringify(
        map
          ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, transformer.serialize(each)]))
          : transformer.serialize(value),
      )
    } catch {
      return text
    }
  }
  const batch = asked.path.includes('batch=1')
  const path = asked.path.replace(/input=([^&]*)$/, (whole, input: string) => {
    try {
      return `input=${encodeURIComponent(wrapped(decodeURIComponent(input), batch))}`
    } catch {
      return whole
    }
  })
  return [asked, { ...asked, path, ...(asked.body === undefined ? {} : { body: wrapped(asked.body, batch) }) }]
}

describe.each(ways)('a request %s', async (_, way) => {
  const { theirs, ours } = await openBoth(way)
  const requests = [...single, ...batched].flatMap((asked) => written(asked, way))
  // The lazy router is loaded by the first request to it, on both sides.
  test.each(requests.map(named))('%s', async (_name, asked) => {
    theirs.told.length = 0
    ours.told.length = 0
    const expected = await ask(theirs, asked)
    expect(await ask(ours, asked)).toEqual(expected)
    expect(ours.told).toEqual(theirs.told)
  })
})

describe('every code of tRPC', async () => {
  const { theirs, ours } = await openBoth({})
  const { body } = await ask(theirs, get('codes'))
  const { result } = JSON.parse(body) as { result: { data: string[] } }
  test.each(result.data)('%s', async (code) => {
    const asked = get('throwsCode', JSON.stringify(code))
    expect(await ask(ours, asked)).toEqual(await ask(theirs, asked))
  })
  test('two of them in a batch', async () => {
    const asked = get('throwsCode,throwsCode?batch=1', { 0: 'CONFLICT', 1: 'TIMEOUT' })
    expect((await ask(ours, asked)).status).toBe(207)
    expect(await ask(ours, asked)).toEqual(await ask(theirs, asked))
  })
})
