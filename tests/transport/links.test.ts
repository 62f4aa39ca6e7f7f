// Every link of the real client, against tRPC's adapter and against ours; and requests from a grammar, by the thousand.
import {
  createTRPCClient,
  httpBatchLink,
  httpBatchStreamLink,
  httpLink,
  httpSubscriptionLink,
  splitLink,
  type TRPCLink,
} from '@trpc/client'
import { describe, expect, test } from 'vitest'
import type { TransportRouter } from './router.ts'
import { type Asked, ask, openBoth, type Side } from './servers.ts'

/** Everything that such a client can do, as one list of answers and errors. */
async function story(link: (url: string) => TRPCLink<TransportRouter>, { url }: Side): Promise<unknown[]> {
  const client = createTRPCClient<TransportRouter>({ links: [link(`${url}/trpc`)] })
  const settled = await Promise.allSettled([
    client.hello.query(),
    client.echo.query({ text: 'ä' }),
    client.say.mutate({ text: 'hi' }),
    client.say.mutate({ text: 5 as never }),
    client.nothing.query(),
    client.none.mutate(),
    client.throwsCause.query(),
    client.throwsPlain.query(),
    client.lazily.there.query(),
    client.deep.er.query.query(),
  ])
  const told = settled.map((each) =>
    each.status === 'fulfilled' ? { value: each.value } : { error: String(each.reason), shape: each.reason.shape },
  )
  const ticks = await new Promise<unknown[]>((resolve) => {
    const seen: unknown[] = []
    const end = (last: unknown) => resolve([...seen, last])
    client.ticks.subscribe(
      { to: 2 },
      { onData: (data) => seen.push(data), onError: (error) => end(String(error)), onComplete: () => end('complete') },
    )
  })
  return [...told, ticks]
}

const all = { methodOverride: 'POST' as const }
const links: [string, (url: string) => TRPCLink<TransportRouter>][] = [
  ['httpLink', (url) => httpLink({ url })],
  ['httpBatchLink', (url) => httpBatchLink({ url })],
  ['httpBatchLink of two', (url) => httpBatchLink({ url, maxItems: 2 })],
  ['httpBatchStreamLink', (url) => httpBatchStreamLink({ url })],
  ['httpLink with POST alone', (url) => httpLink({ url, ...all })],
  ['httpBatchLink with POST alone', (url) => httpBatchLink({ url, ...all })],
]

describe('the links of the client', async () => {
  const { theirs, ours } = await openBoth({ override: true })
  const withTicks =
    (link: (url: string) => TRPCLink<TransportRouter>) =>
    (url: string): TRPCLink<TransportRouter> =>
      splitLink({ condition: ({ type }) => type === 'subscription', true: httpSubscriptionLink({ url }), false: link(url) })
  test.each(links)('%s', async (_, link) => {
    const expected = await story(withTicks(link), theirs)
    expect(expected).toHaveLength(11)
    expect(await story(withTicks(link), ours)).toEqual(expected)
  })

  test('a call that the client aborts ends, and the next one is answered', async () => {
    for (const side of [theirs, ours]) {
      const client = createTRPCClient<TransportRouter>({ links: [httpLink({ url: `${side.url}/trpc` })] })
      await expect(client.hello.query(undefined, { signal: AbortSignal.abort() })).rejects.toThrow('abort')
      expect(await client.hello.query()).toBe('hello somebody')
    }
  })
})

/** A small generator, so that a failure can be repeated from its seed. */
function randomFrom(seed: number): <T>(choices: readonly T[]) => T {
  let state = seed
  return (choices) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return choices[Math.floor((state / 2 ** 32) * choices.length)] as never
  }
}

const paths = [
  'hello',
  'echo',
  'say',
  'save',
  'none',
  'nothing',
  'throwsPlain',
  'throwsText',
  'unread',
  'promised',
  'deep.er.query',
  'lazily.there',
  'ticks',
  'missing',
  '',
  'hel%6Co',
  'toString',
]
const inputs = [
  '',
  '{}',
  '{"0":{"text":"a"},"1":5}',
  '{"text":"b"}',
  '[]',
  '[{"text":"c"}]',
  'null',
  '0',
  '"x"',
  '{',
  '%',
  '%25',
  '"%zz"',
  '{"0":null}',
  '{"__proto__":1}',
]
const kinds = ['application/json', 'application/json; charset=utf-8', 'text/plain', 'application/jsonx', undefined]

test('3,000 requests from a grammar have one answer', async () => {
  const { theirs, ours } = await openBoth({ formatted: true, meta: 'object' })
  const seed = Number(process.env.FLEETFLOW_TEST_SEED ?? 11)
  const pick = randomFrom(seed)
  const statuses = new Set<number>()
  for (let n = 0; n < 3_000; n += 1) {
    const method = pick(['GET', 'GET', 'POST', 'POST', 'PUT', 'HEAD'])
    const names = Array.from({ length: pick([1, 1, 1, 2, 3]) }, () => pick(paths)).join(',')
    const query = [
      pick(['', 'batch=1', 'batch=1', 'batch=0']),
      method === 'GET' ? `input=${pick([encodeURIComponent, (text: string) => text])(pick(inputs))}` : '',
      pick(['', '', '', 'x=1']),
    ]
    const type = pick(kinds)
    const accept = pick([undefined, undefined, 'application/json', '*/*', 'application/jsonl'])
    const headers = {
      ...(method === 'POST' && type !== undefined ? { 'content-type': type } : {}),
      ...(accept === undefined ? {} : { accept }),
      ...pick([{}, { 'x-who': 'nobody' }]),
    }
    const asked: Asked = {
      method,
      path: `/trpc/${names}?${query.filter(Boolean).join('&')}`.replaceAll(' ', '+'),
      headers,
      ...(method === 'POST' || method === 'PUT' ? { body: pick(inputs) } : {}),
    }
    theirs.told.length = 0
    ours.told.length = 0
    const expected = await ask(theirs, asked)
    statuses.add(expected.status)
    expect(await ask(ours, asked), `seed ${seed}: ${JSON.stringify(asked)}`).toEqual(expected)
    expect(ours.told, `seed ${seed}: ${JSON.stringify(asked)}`).toEqual(theirs.told)
  }
  expect(statuses.size).toBeGreaterThanOrEqual(6)
}, 120_000)
