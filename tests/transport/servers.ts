// The same router behind tRPC's adapter and behind ours, each on a Fastify of its own, asked over real sockets.
import { trpcFastify } from '@fleetflow/trpc-fastify'
import { TRPCError } from '@trpc/server'
import { fastifyTRPCPlugin } from '@trpc/server/adapters/fastify'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll } from 'vitest'
import { makeRouter, type TransportRouter } from './router.ts'

export interface Way {
  transformed?: boolean
  formatted?: boolean
  meta?: 'headers' | 'status' | 'object'
  override?: boolean
  batching?: false
  most?: number
}

export interface Side {
  url: string
  /** What onError was told, in order. */
  told: string[]
}

function optionsOf(way: Way, told: string[]) {
  return {
    router: makeRouter(way),
    createContext: ({
      req,
      info,
    }: {
      req: { headers: Record<string, unknown> }
      info: { isBatchCall: boolean; type: string; calls: { path: string }[]; url: URL | null }
    }) => {
      const who = req.headers['x-who']
      if (who === 'nobody') throw new TRPCError({ code: 'UNAUTHORIZED', message: 'nobody' })
      if (who === 'broken') throw new Error('broken context')
      if (who === 'info')
        return {
          who: JSON.stringify([info.isBatchCall, info.type, info.calls.map(({ path }) => path), info.url?.pathname, info.url?.search]),
        }
      return { who: String(who ?? 'somebody') }
    },
    onError: ({
      error,
      path,
      input,
      type,
      ctx,
    }: {
      error: TRPCError
      path?: string | undefined
      input: unknown
      type: string
      ctx?: unknown
    }) => {
      told.push(JSON.stringify([error.code, error.message, path ?? null, input ?? null, type, ctx ?? null]))
    },
    ...(way.override ? { allowMethodOverride: true } : {}),
    ...(way.batching === false ? { allowBatching: false } : {}),
    ...(way.most === undefined ? {} : { maxBatchSize: way.most }),
    ...(way.meta === undefined ? {} : { responseMeta: metaOf(way.meta) }),
  }
}

const metaOf =
  (kind: NonNullable<Way['meta']>) =>
  (given: { errors: unknown[]; paths?: readonly string[] | undefined; type: string; eagerGeneration: boolean; data: unknown[] }) => {
    const told = `${given.type} ${given.errors.length} ${given.paths?.join(' ') ?? ''} ${given.eagerGeneration} ${given.data.length}`
    if (kind === 'status') return { status: given.errors.length > 0 ? 418 : 202 }
    if (kind === 'object') return { headers: { 'x-told': told, 'set-cookie': ['a=1', 'b=2'], vary: 'x-who', 'x-none': undefined as never } }
    return {
      headers: new Headers([
        ['x-told', told],
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
        ['vary', 'x-who'],
      ]),
    }
  }

async function listen(app: FastifyInstance): Promise<string> {
  afterAll(() => app.close())
  return app.listen({ port: 0, host: '127.0.0.1' })
}

export async function openBoth(way: Way = {}): Promise<{ theirs: Side; ours: Side }> {
  const routerOptions = { maxParamLength: 5000 }
  const [theirs, ours] = [Fastify({ routerOptions, forceCloseConnections: true }), Fastify({ routerOptions, forceCloseConnections: true })]
  const [theirTold, ourTold]: [string[], string[]] = [[], []]
  await theirs.register(fastifyTRPCPlugin<TransportRouter>, { prefix: '/trpc', trpcOptions: optionsOf(way, theirTold) as never })
  await ours.register(trpcFastify<TransportRouter>, { prefix: '/trpc', trpcOptions: optionsOf(way, ourTold) as never })
  return { theirs: { url: await listen(theirs), told: theirTold }, ours: { url: await listen(ours), told: ourTold } }
}

export interface Asked {
  method?: string
  path: string
  headers?: Record<string, string>
  body?: string
}

/** Status, the headers that matter and the body, byte for byte. Left out: date and connection; and how the length of the body is told, which a stream cannot. */
export async function ask({ url }: Side, { method = 'GET', path, headers = {}, body }: Asked) {
  const response = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body }), redirect: 'manual' })
  const kept = [...response.headers].filter(
    ([name]) => !['date', 'connection', 'keep-alive', 'content-length', 'transfer-encoding'].includes(name),
  )
  return { status: response.status, headers: kept.sort(), body: await response.text() }
}
