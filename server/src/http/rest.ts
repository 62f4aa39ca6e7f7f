// Serves procedures as REST routes: gathers path, query and body into the procedure's input and calls it without HTTP in between.
import type { AnyTRPCRouter } from '@trpc/server'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Context } from '../trpc/context.ts'
import { type ApiError, badInput } from '../trpc/errors.ts'
import { printable } from '../trpc/issues.ts'
import { keyMember, replayedHeader, withKey } from './idempotency.ts'
import { requireJson } from './json.ts'
import type { ContextOf } from './trpc.ts'

export interface RestOperation {
  procedure: string
  summary: string
  /** Members of the body that choose this operation; they are not part of the procedure's input. */
  when?: Readonly<Record<string, string>>
  example?: Readonly<Record<string, unknown>>
}

export interface RestRoute {
  method: 'GET' | 'POST' | 'PATCH'
  url: string
  /** Of a success; default 200. */
  status?: number
  /** The new thing's path, with `{member}` of the answer. */
  location?: string
  /** The first whose `when` has a key in common with the body is called, else the last. */
  operations: readonly [RestOperation, ...RestOperation[]]
}

type Bag = Record<string, unknown>
type JsonSchema = z.core.JSONSchema.JSONSchema

export function serveRest(app: FastifyInstance, router: AnyTRPCRouter, routes: readonly RestRoute[], contextOf: ContextOf): void {
  requireJson(app)
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
  })
  for (const route of routes) {
    const readers = new Map(route.operations.map((operation) => [operation, inputReader(inputOf(router, operation.procedure))]))
    app.route({
      method: route.method,
      url: route.url,
      handler: async (request, reply) => {
        const operation = chooseOperation(route, request.body)
        const input = readers.get(operation)?.(request, operation)
        const context = { ...contextOf(request), onReplay: () => void reply.header(replayedHeader, 'true') }
        const output = await callProcedure(router, operation.procedure, input, context)
        return respond(reply, route, output, isBag(input) && input.dryRun === true)
      },
    })
  }
}

/** What a procedure takes. */
function inputOf(router: AnyTRPCRouter, path: string): z.ZodType {
  const schema = router._def.procedures[path]?._def.inputs[0]
  if (!(schema instanceof z.ZodType)) throw new Error(`${path} is no procedure with an input`)
  return schema
}

/** Makes the input of an operation from a request. Its JSON Schema is made for the first one: of all of them they would be a third of the start. */
function inputReader(input: z.ZodType): (request: FastifyRequest, operation: RestOperation) => unknown {
  let known: { coerce: (query: Bag) => Bag; keyed: boolean } | undefined
  const learn = () => {
    const schema: JsonSchema = z.toJSONSchema(input, { io: 'input' })
    return { coerce: queryCoercer(schema), keyed: schema.properties !== undefined && keyMember in schema.properties }
  }
  return (request, operation) => {
    known ??= learn()
    const given = gatherInput(request, operation, known.coerce)
    return known.keyed ? withKey(given, request) : given
  }
}

function chooseOperation(route: RestRoute, body: unknown): RestOperation {
  const chosen = route.operations.find(({ when }) => when !== undefined && isBag(body) && Object.keys(when).some((key) => key in body))
  return chosen ?? route.operations[route.operations.length - 1] ?? route.operations[0]
}

function gatherInput(request: FastifyRequest, operation: RestOperation, coerce: (query: Bag) => Bag): unknown {
  const params = request.params as Bag
  const query = request.query as Bag
  if (request.method === 'GET') return { ...coerce(only(query, params)), ...params }
  const [stray] = Object.keys(query)
  if (stray !== undefined) throw unknownKey(stray)
  if (!isBag(request.body)) return request.body
  return { ...without(only(request.body, params), operation.when ?? {}), ...params }
}

/** The members of a bag that the path does not name already. */
function only(bag: Bag, params: Bag): Bag {
  const twice = Object.keys(bag).find((key) => key in params)
  if (twice !== undefined) throw unknownKey(twice)
  return bag
}

function without(body: Bag, when: Readonly<Record<string, string>>): Bag {
  const rest = { ...body }
  for (const [key, expected] of Object.entries(when)) {
    if (rest[key] !== expected) {
      const message = `${key}: the only value to set is "${expected}"`
      throw badInput('BAD_VALUE', { message, field: key })
    }
    delete rest[key]
  }
  return rest
}

function unknownKey(key: string): ApiError {
  return badInput('UNKNOWN_KEY', { field: printable(key) })
}

/** Query strings are text: what the schema wants as a number or a boolean and looks like one becomes one. The schema itself stays strict. */
function queryCoercer(schema: JsonSchema): (query: Bag) => Bag {
  const types = new Map(
    Object.entries(schema.properties ?? {}).map(([name, property]) => [name, typeof property === 'object' ? property.type : undefined]),
  )
  const coerce = (type: JsonSchema['type'], value: unknown) => {
    if (typeof value !== 'string') return value
    if (type === 'boolean' && /^(true|false)$/.test(value)) return value === 'true'
    if (type === 'integer' && /^-?\d{1,15}$/.test(value)) return Number(value)
    if (type === 'number' && /^-?\d{1,15}(\.\d{1,15})?$/.test(value)) return Number(value)
    return value
  }
  return (query) => Object.fromEntries(Object.entries(query).map(([name, value]) => [name, coerce(types.get(name), value)]))
}

async function callProcedure(router: AnyTRPCRouter, path: string, input: unknown, ctx: Context): Promise<unknown> {
  const procedure = router._def.procedures[path]
  const { type } = procedure._def
  return procedure({ path, type, ctx, getRawInput: async () => input, signal: undefined, batchIndex: 0 })
}

/** A rehearsal makes nothing that could be found under a location. */
function respond(reply: FastifyReply, route: RestRoute, output: unknown, rehearsed: boolean): FastifyReply {
  if (route.location !== undefined && isBag(output) && !rehearsed) {
    reply.header(
      'location',
      route.location.replaceAll(/\{(\w+)\}/g, (_, member: string) => encodeURIComponent(String(output[member]))),
    )
  }
  return reply.code(route.status ?? 200).send(output)
}

function isBag(value: unknown): value is Bag {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
