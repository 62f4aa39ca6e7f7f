// What the transport does beside tRPC's adapter: its own limits, and procedures that hear that nobody waits any more.
import { request } from 'node:http'
import { trpcFastify } from '@fleetflow/trpc-fastify'
import { initTRPC } from '@trpc/server'
import Fastify from 'fastify'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { type Asked, ask } from './servers.ts'

const t = initTRPC.create()
const called = Promise.withResolvers<AbortSignal | undefined>()
const router = t.router({
  echo: t.procedure.input((value) => value).query(({ input }) => input),
  save: t.procedure.input((value) => value).mutation(({ input }) => input),
  waits: t.procedure.query(async ({ signal }) => {
    called.resolve(signal)
    await new Promise((resolve) => signal?.addEventListener('abort', resolve))
  }),
})
const app = Fastify()
await app.register(trpcFastify, { prefix: '/trpc', trpcOptions: { router, maxDepth: 3, maxInputLength: 40, maxBatchSize: 2 } })
const url = await app.listen({ host: '127.0.0.1', port: 0 })
afterAll(() => app.close())

const get = (path: string, input: string): Asked => ({ path: `/trpc/${path}input=${encodeURIComponent(input)}` })
const post = (path: string, body: string): Asked => ({
  method: 'POST',
  path: `/trpc/${path}`,
  headers: { 'content-type': 'application/json' },
  body,
})
const statusOf = async (asked: Asked) => (await ask({ url, told: [] }, asked)).status
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)

describe('limits of the options', () => {
  test.each([
    ['a query', get('echo?', nested(3)), get('echo?', nested(4))],
    ['a mutation', post('save', nested(3)), post('save', nested(4))],
    ['an object', post('save', '{"a":{"b":{"c":1}}}'), post('save', '{"a":{"b":{"c":{}}}}')],
    ['a batch of queries', get('echo,echo?batch=1&', '{"0":[[]]}'), get('echo,echo?batch=1&', '{"0":[[[]]]}')],
  ])('%s is nested as deep as maxDepth, no deeper (BAD_REQUEST)', async (_, allowed, deeper) => {
    expect([await statusOf(allowed), await statusOf(deeper)]).toEqual([200, 400])
  })

  test('the input of a query is as long as maxInputLength, no longer (PAYLOAD_TOO_LARGE)', async () => {
    const text = (length: number) => `"${'x'.repeat(length - 2)}"`
    expect([await statusOf(get('echo?', text(40))), await statusOf(get('echo?', text(41)))]).toEqual([200, 413])
  })

  test('a refusal says in the envelope what was too much', async () => {
    const { body } = await ask({ url, told: [] }, get('echo?', nested(4)))
    expect(JSON.parse(body)).toMatchObject({
      error: { message: 'The input is nested deeper than 3 levels', data: { code: 'BAD_REQUEST' } },
    })
  })
})

test('a procedure hears it when its client is gone', { timeout: 5000 }, async () => {
  const call = request(`${url}/trpc/waits`).on('error', () => {})
  call.end()
  const signal = await called.promise
  expect(signal?.aborted).toBe(false)
  call.destroy()
  await vi.waitFor(() => expect(signal?.aborted).toBe(true), { timeout: 2000 })
})
