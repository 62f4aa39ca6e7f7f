// Answers plain calls from the Fastify route, in tRPC's wire format; hands every other request to tRPC's own adapter.
import {
  type AnyTRPCRouter,
  callTRPCProcedure,
  getTRPCErrorFromUnknown,
  getTRPCErrorShape,
  TRPCError,
  transformTRPCResponse,
} from '@trpc/server'
import { getHTTPStatusCode } from '@trpc/server/http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Call, type PlainCalls, plainCalls } from './calls.ts'
import type { RequestInfo, TrpcOptions } from './types.ts'

/** Answers a request to the procedures that `path` names: one, or several with commas between them where the query says `batch=1`. */
export type TrpcHandler = (request: FastifyRequest, reply: FastifyReply, path: string) => Promise<unknown>

type Options = TrpcOptions<AnyTRPCRouter>
type Wire = Parameters<typeof getHTTPStatusCode>[0]
type Item = Exclude<Wire, readonly unknown[]>
type Result = { error: TRPCError } | { data: unknown }

/** What a request has in common for all of its calls. */
interface Exchange {
  options: Options
  request: FastifyRequest
  reply: FastifyReply
  info: RequestInfo
  plain: PlainCalls
  /** The context; undefined until `createContext` has made it. */
  ctx: unknown
  inputs: Inputs
}

/** The inputs of a request: transformed all at once, when the first procedure asks for its own. */
class Inputs {
  readonly #options: Options
  readonly #calls: readonly Call[]
  #read: unknown[] | undefined

  constructor(options: Options, calls: readonly Call[]) {
    this.#options = options
    this.#calls = calls
  }

  async read(index: number): Promise<unknown> {
    const { input } = this.#options.router._def._config.transformer
    try {
      this.#read ??= this.#calls.map(({ sent }) => (sent === undefined ? undefined : input.deserialize(sent)))
    } catch (cause) {
      if (cause instanceof TRPCError) throw cause
      throw new TRPCError({ code: 'BAD_REQUEST', message: cause instanceof Error ? cause.message : 'Invalid input', cause })
    }
    return this.#read[index]
  }

  /** What has been read. */
  at(index: number): unknown {
    return this.#read?.[index]
  }
}

/**
 * A handler with the options of tRPC's adapter, for use in a Fastify route. The route hands over JSON bodies, as text or parsed; see the
 * plugin for one that does. Same wire format as the adapter: status, headers and body.
 */
export function trpcHandler<TRouter extends AnyTRPCRouter>(given: TrpcOptions<TRouter>): TrpcHandler {
  const options = given as unknown as Options
  return async (request, reply, path) => {
    let plain: PlainCalls | undefined
    try {
      plain = plainCalls(request, path, options)
    } catch (cause) {
      return refuse(options, request, reply, cause)
    }
    if (plain === undefined) {
      // Loaded for whoever first needs it: a server that starts does not wait for it.
      const { fastifyRequestHandler } = await import('@trpc/server/adapters/fastify')
      return fastifyRequestHandler({ ...options, req: request, res: reply, path })
    }
    return answer(options, request, reply, plain)
  }
}

async function answer(options: Options, request: FastifyRequest, reply: FastifyReply, plain: PlainCalls): Promise<unknown> {
  const signal = whenClosed(reply)
  const inputs = new Inputs(options, plain.calls)
  const exchange: Exchange = { options, request, reply, plain, inputs, info: infoOf(request, plain, signal, inputs), ctx: undefined }
  let failed: { cause: unknown } | undefined
  try {
    exchange.ctx = await options.createContext?.({ ...options, req: request, res: reply, info: exchange.info })
  } catch (cause) {
    failed = { cause: getTRPCErrorFromUnknown(cause) }
  }
  const called = await Promise.all(plain.calls.map((call) => resultOf(exchange, call, signal, failed)))
  try {
    const results = called.map((result) => noStream(result, plain.isBatchCall))
    const items = results.map((result, index) => itemOf(exchange, plain.calls[index], result))
    const errors = results.flatMap((result) => ('error' in result ? [result.error] : []))
    return send(exchange, plain.isBatchCall ? items : (items[0] as Item), errors)
  } catch (cause) {
    return sendFailure(exchange, cause)
  }
}

async function resultOf(exchange: Exchange, call: Call, signal: AbortSignal, failed: { cause: unknown } | undefined): Promise<Result> {
  const { options, inputs } = exchange
  try {
    if (failed !== undefined) throw failed.cause
    const { path, batchIndex, procedure } = call
    const getRawInput = () => inputs.read(batchIndex)
    const { type } = procedure._def
    return { data: await callTRPCProcedure({ router: options.router, path, type, ctx: exchange.ctx, getRawInput, signal, batchIndex }) }
  } catch (cause) {
    const error = getTRPCErrorFromUnknown(cause)
    report(exchange, error, call)
    return { error }
  }
}

function report({ options, request, ctx, inputs, info }: Exchange, error: TRPCError, call?: Call): void {
  const input = call === undefined ? undefined : inputs.at(call.batchIndex)
  const type = call === undefined ? info.type : (call.procedure._def.type as 'query' | 'mutation')
  options.onError?.({ error, path: call?.path, input, ctx, type, req: request } as never)
}

/** What streams needs a link that can read streams. In a batch it is one call's error, alone it is the request's. */
function noStream(result: Result, isBatchCall: boolean): Result {
  if ('error' in result || !isStream(result.data)) return result
  const error = new TRPCError({
    code: 'UNSUPPORTED_MEDIA_TYPE',
    message: 'Cannot use stream-like response in non-streaming request - use httpBatchStreamLink',
  })
  if (!isBatchCall) throw error
  return { error }
}

const isIterable = (value: unknown) => typeof value === 'object' && value !== null && Symbol.asyncIterator in value
const isThenable = (value: unknown) =>
  typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function'

function isStream(data: unknown): boolean {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return false
  if (isIterable(data)) return true
  for (const value of Object.values(data)) if (isThenable(value) || isIterable(value)) return true
  return false
}

function itemOf({ options, ctx, inputs, plain }: Exchange, call: Call | undefined, result: Result): Item {
  if ('data' in result) return { result: { data: result.data } } as Item
  const type = plain.isBatchCall ? (call?.procedure._def.type ?? 'unknown') : plain.type
  const input = inputs.at(call?.batchIndex ?? 0)
  return {
    error: getTRPCErrorShape({ config: options.router._def._config, ctx, error: result.error, input, path: call?.path, type }),
  } as Item
}

function send({ options, reply, ctx, info, plain }: Exchange, wire: Wire, errors: TRPCError[]): FastifyReply {
  const meta = options.responseMeta?.({
    ctx,
    info,
    paths: info.calls.map(({ path }) => path),
    data: Array.isArray(wire) ? wire : [wire],
    errors,
    eagerGeneration: false,
    type: plain.type,
  } as never)
  const body = JSON.stringify(transformTRPCResponse(options.router._def._config, wire as never))
  reply.code(meta?.status || (errors.length === 0 ? 200 : getHTTPStatusCode(wire)))
  if (meta?.headers === undefined) {
    reply.header('vary', 'trpc-accept, accept').header('content-type', 'application/json')
  } else {
    for (const [name, value] of merged(meta.headers)) reply.header(name, value)
  }
  return reply.send(Buffer.from(body))
}

function merged(given: Headers | Readonly<Record<string, string | string[] | undefined>>): Headers {
  const headers = new Headers([
    ['vary', 'trpc-accept, accept'],
    ['content-type', 'application/json'],
  ])
  if (given instanceof Headers) for (const [name, value] of given.entries()) headers.append(name, value)
  else {
    for (const [name, value] of Object.entries(given)) {
      if (Array.isArray(value)) for (const each of value) headers.append(name, each)
      else if (typeof value === 'string') headers.set(name, value)
    }
  }
  return headers
}

/** Answers with one error for the whole request. */
function sendFailure(exchange: Exchange, cause: unknown): FastifyReply {
  const { options, ctx, info } = exchange
  const error = getTRPCErrorFromUnknown(cause)
  report(exchange, error)
  const shape = getTRPCErrorShape({ config: options.router._def._config, ctx, error, input: undefined, path: undefined, type: info.type })
  return send(exchange, { error: shape } as Item, [error])
}

/** Refuses what passes a limit of the options, before there is a context. */
function refuse(options: Options, request: FastifyRequest, reply: FastifyReply, cause: unknown): FastifyReply {
  const plain: PlainCalls = { isBatchCall: false, type: request.method === 'GET' ? 'query' : 'mutation', calls: [] }
  const inputs = new Inputs(options, [])
  const info = infoOf(request, plain, new AbortController().signal, inputs)
  return sendFailure({ options, request, reply, plain, info, inputs, ctx: undefined }, cause)
}

function infoOf(request: FastifyRequest, plain: PlainCalls, signal: AbortSignal, inputs: Inputs): RequestInfo {
  const calls = plain.calls.map(({ path, procedure, batchIndex }) => ({
    path,
    procedure,
    batchIndex,
    getRawInput: () => inputs.read(batchIndex),
    result: () => inputs.at(batchIndex),
  }))
  return {
    isBatchCall: plain.isBatchCall,
    accept: null,
    type: plain.type,
    calls,
    connectionParams: null,
    signal,
    // Few ask, and a URL takes longer than a call.
    get url() {
      return new URL(request.url, `${request.protocol}://${request.headers.host ?? 'localhost'}`)
    },
  } as RequestInfo
}

/** Aborted when the client is gone before it was answered. */
function whenClosed({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController()
  raw.once('close', () => {
    if (!raw.writableEnded) controller.abort()
  })
  return controller.signal
}
