// Mounts the router at /trpc. What tRPC would accept too readily is refused before it.
import { trpcHandler } from '@fleetflow/trpc-fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type AppRouter, appRouter } from '../router.ts'
import type { Context } from '../trpc/context.ts'
import { ApiError, badInput, toEnvelope } from '../trpc/errors.ts'
import { answerErrors, headersOf, logDefect, sendTrpcError } from './errors.ts'
import { keyHeader, replayedHeader } from './idempotency.ts'
import { parseJson, requireJson } from './json.ts'

const largestBatch = 10
const queryKeys = new Set(['batch', 'input'])

export type ContextOf = (request: FastifyRequest) => Context

const procedureTypes = new Map(
  Object.entries(appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>).map(([path, { _def }]) => [
    path,
    _def.type,
  ]),
)

type TrpcRequest = FastifyRequest<{ Params: { path: string }; Querystring: Record<string, unknown> }>

/** Fastify's prefix for the scope is where the router lives. */
export function serveTrpc(app: FastifyInstance, contextOf: ContextOf): void {
  answerErrors(app, sendTrpcError)
  requireJson(app)
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
  })
  app.route<{ Params: { path: string }; Querystring: Record<string, unknown> }>({
    method: ['GET', 'POST'],
    url: '/:path',
    // Streams have a body that Fastify cannot measure without sending it.
    exposeHeadRoute: false,
    preHandler: async (request) => checkRequest(request),
    handler: (request, reply) => handle(request, reply, contextOf),
  })
}

/** How many calls a request below /trpc carries. */
export function callsOf(request: FastifyRequest): number {
  const { batch } = request.query as Record<string, unknown>
  const { path } = request.params as { path?: string }
  return batch === '1' && path !== undefined ? Math.min(path.split(',').length, largestBatch) : 1
}

/** `/trpc/trips.create`; unknown names and batches share a label each, so that there is an end to labels. */
export function trpcLabel(path: string): string {
  if (path in appRouter._def.procedures) return `/trpc/${path}`
  return path.includes(',') ? '/trpc/(batch)' : '/trpc/(unknown)'
}

function checkRequest(request: TrpcRequest): void {
  const { path } = request.params
  if (!/^[\w.,]+$/.test(path)) throw new ApiError('NOT_FOUND')
  const unknown = Object.keys(request.query).find((key) => !queryKeys.has(key))
  if (unknown !== undefined) throw badInput('UNKNOWN_KEY', { message: `The query takes only ${[...queryKeys].join(' and ')}.` })
  if (request.headers[keyHeader] !== undefined) throw badInput('KEY_IN_HEADER')
  const { batch, input } = request.query
  if (batch !== undefined && batch !== '1') throw badInput('BAD_BATCH', { message: 'batch is 1 or absent.' })
  if (batch === '1') checkBatch(path.split(','))
  const streams = request.headers['trpc-accept'] ?? request.headers.accept ?? ''
  if (batch !== '1' && streams.includes('application/jsonl')) throw badInput('BAD_BATCH', { message: 'Only a batch can be streamed.' })
  if (input !== undefined && typeof input !== 'string') throw badInput('NOT_JSON', { message: 'input is given twice.' })
  if (input) parseJson(input)
  // A string would be read as JSON once more, behind the guards of the parser.
  if (typeof request.body === 'string') throw badInput('NOT_AN_OBJECT')
}

/** What the adapter refuses before a context exists would not carry the request's id. */
function checkBatch(paths: readonly string[]): void {
  if (paths.length > largestBatch) throw badInput('BATCH_TOO_LARGE', { message: `A batch holds at most ${largestBatch} calls.` })
  const types = new Set(paths.map((path) => procedureTypes.get(path)).filter((type) => type !== undefined))
  if (types.size > 1) throw badInput('BAD_BATCH', { message: 'The calls of a batch are all queries or all mutations.' })
}

/** `true`; of a batch one word a call, in their order. Absent where nothing was replayed, and where answers are streamed. */
function replayHeader(replayed: ReadonlySet<number>, calls: number): Record<string, string> {
  if (replayed.size === 0) return {}
  return { [replayedHeader]: Array.from({ length: calls }, (_, call) => String(replayed.has(call))).join(', ') }
}

function handle(request: TrpcRequest, reply: FastifyReply, contextOf: ContextOf): Promise<unknown> {
  const replayed = new Set<number>()
  const answer = trpcHandler<AppRouter>({
    router: appRouter,
    maxBatchSize: largestBatch,
    createContext: () => ({ ...contextOf(request), onReplay: (call) => replayed.add(call) }),
    onError: ({ error }) => {
      const envelope = toEnvelope(error, request.id)
      request.refusals?.push(envelope.code)
      logDefect(request, envelope, error)
    },
    responseMeta: ({ errors }) => {
      const [first] = errors
      const replay = replayHeader(replayed, callsOf(request))
      if (first === undefined) return { headers: replay }
      const allow = first.code === 'METHOD_NOT_SUPPORTED' ? { allow: request.method === 'GET' ? 'POST' : 'GET' } : {}
      return { headers: { ...headersOf(toEnvelope(first, request.id)), ...allow, ...replay } }
    },
  })
  return answer(request, reply, request.params.path)
}
