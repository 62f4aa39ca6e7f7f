// Reads a request as plain calls, where it is one: JSON over GET or POST to procedures that are loaded. Everything else is the adapter's.
import { type AnyTRPCProcedure, type AnyTRPCRouter, TRPCError } from '@trpc/server'
import type { FastifyRequest } from 'fastify'
import type { TrpcOptions } from './types.ts'

export interface Call {
  path: string
  procedure: AnyTRPCProcedure
  batchIndex: number
  /** As it came, before the transformer; undefined where there is none. */
  sent: unknown
}

export interface PlainCalls {
  isBatchCall: boolean
  type: 'query' | 'mutation'
  calls: Call[]
}

type Procedures = Readonly<Record<string, AnyTRPCProcedure>>

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const isJson = (type: string | undefined) => type !== undefined && (type === 'application/json' || type.startsWith('application/json;'))

/** The calls of a plain request, or undefined. Errors: TRPCError, where a limit of the options is passed. */
export function plainCalls(request: FastifyRequest, path: string, options: TrpcOptions<AnyTRPCRouter>): PlainCalls | undefined {
  const { headers, method } = request
  if (headers['trpc-accept'] !== undefined || headers.accept?.includes('jsonl') || path.includes('%')) return undefined
  const query = plainQuery(request.query)
  if (query === undefined) return undefined
  const isBatchCall = query.batch === '1'
  const { allowBatching = true, maxBatchSize = Number.POSITIVE_INFINITY } = options
  const paths = isBatchCall ? path.split(',') : [path]
  if (isBatchCall && (!allowBatching || paths.length > maxBatchSize)) return undefined
  const found = proceduresAt(options.router, paths)
  if (found === undefined || !accepts(method, found.type, options.allowMethodOverride === true)) return undefined
  const inputs = method === 'GET' ? inputOfQuery(query.input, headers['content-type'], options) : inputOfBody(request, options)
  if (inputs === undefined) return undefined
  const sent = inputs === nothing ? undefined : inputs
  if (isBatchCall && sent !== undefined && !isRecord(sent)) return undefined
  const inputAt = (index: number) => (isBatchCall ? (sent as Record<string, unknown> | undefined)?.[index] : sent)
  const calls = found.procedures.map((procedure, batchIndex) => ({
    path: paths[batchIndex] ?? '',
    procedure,
    batchIndex,
    sent: inputAt(batchIndex),
  }))
  return { isBatchCall, type: found.type, calls }
}

const accepts = (method: string, type: 'query' | 'mutation', override: boolean) =>
  method === 'POST' ? type === 'mutation' || override : method === 'GET' && type === 'query'

/** `batch` and `input`, where there is nothing else and each is there once. */
function plainQuery(query: unknown): { batch?: string; input?: string } | undefined {
  if (typeof query !== 'object' || query === null) return undefined
  for (const [key, value] of Object.entries(query)) {
    if ((key !== 'batch' && key !== 'input') || typeof value !== 'string') return undefined
  }
  return query
}

function proceduresAt(router: AnyTRPCRouter, paths: readonly string[]) {
  const known: Procedures = router._def.procedures
  const procedures: AnyTRPCProcedure[] = []
  let type: 'query' | 'mutation' | undefined
  for (const path of paths) {
    const procedure = Object.hasOwn(known, path) ? known[path] : undefined
    const own = procedure?._def.type
    if (procedure === undefined || (own !== 'query' && own !== 'mutation') || (type !== undefined && own !== type)) return undefined
    type = own
    procedures.push(procedure)
  }
  return type === undefined ? undefined : { type, procedures }
}

/** Stands for an input that was not sent. */
const nothing = Symbol('nothing')

function inputOfQuery(input: string | undefined, contentType: string | undefined, options: TrpcOptions<AnyTRPCRouter>): unknown {
  if (contentType !== undefined && !isJson(contentType)) return undefined
  if (input === undefined || input === '') return nothing
  if (input.length > (options.maxInputLength ?? Number.POSITIVE_INFINITY)) throw tooLarge(options)
  // What is left of an escape was none, and parsers of queries differ about those.
  return input.includes('%') ? undefined : bounded(parsed(input), options)
}

function inputOfBody({ headers, body }: FastifyRequest, options: TrpcOptions<AnyTRPCRouter>): unknown {
  if (!isJson(headers['content-type'])) return undefined
  const value = typeof body === 'string' ? parsed(body) : body
  return isRecord(value) || Array.isArray(value) ? bounded(value, options) : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function bounded(value: unknown, { maxDepth }: TrpcOptions<AnyTRPCRouter>): unknown {
  if (maxDepth !== undefined && isDeeper(value, maxDepth)) {
    throw new TRPCError({ code: 'BAD_REQUEST', message: `The input is nested deeper than ${maxDepth} levels` })
  }
  return value
}

const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === 'object' && value !== null && (levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1)))

const tooLarge = ({ maxInputLength }: TrpcOptions<AnyTRPCRouter>) =>
  new TRPCError({ code: 'PAYLOAD_TOO_LARGE', message: `The input is longer than ${maxInputLength} characters` })
