// The OpenAPI 3.1 document of the REST routes, derived from the schemas and the reasons of their procedures.
import type { AnyTRPCRouter } from '@trpc/server'
import { z } from 'zod'
import { type Code, codes } from '../trpc/codes.ts'
import { problemOf, problemType } from './errors.ts'
import { keyHeader, keyMember, replayedHeader } from './idempotency.ts'
import type { RestOperation, RestRoute } from './rest.ts'

type Schema = Record<string, unknown>

export interface ApiInfo {
  title: string
  version: string
  description: string
}

/** Which codes each procedure can answer. */
export type Reasons = Readonly<Record<string, readonly Code[]>>

export function describeApi(info: ApiInfo, router: AnyTRPCRouter, routes: readonly RestRoute[], reasons: Reasons) {
  const components: Record<string, Schema> = { Problem: problemSchema() }
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    const path = route.url.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeRoute(route, router, reasons, components) }
  }
  return {
    openapi: '3.1.0',
    info: { ...info, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    tags: [...new Set(routes.map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      schemas: components,
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'A JWT of a trusted issuer, or an API key.' } },
    },
  }
}

function describeRoute(route: RestRoute, router: AnyTRPCRouter, reasons: Reasons, components: Record<string, Schema>) {
  const [first] = route.operations
  const inputs = route.operations.map((operation) => inputOf(router, operation))
  const names = [...route.url.matchAll(/:(\w+)/g)].map(([, name]) => String(name))
  const { properties = {}, required = [] } = inputs[0] ?? {}
  const parameter = (name: string, place: 'path' | 'query') => {
    const { description, ...schema } = properties[name] ?? {}
    const described = description === undefined ? {} : { description }
    return { name, in: place, required: place === 'path' || required.includes(name), ...described, schema }
  }
  const queryNames = route.method === 'GET' ? Object.keys(properties).filter((name) => !names.includes(name)) : []
  const keyed = keyMember in properties
  const parameters = [
    ...names.map((name) => parameter(name, 'path')),
    ...queryNames.map((name) => parameter(name, 'query')),
    ...(keyed ? [keyParameter] : []),
  ]
  return {
    operationId: route.operations.map(({ procedure }) => procedure.replaceAll('.', '_')).join('_or_'),
    summary: summaryOf(route),
    tags: [tagOf(route)],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.method === 'GET' ? {} : { requestBody: describeBody(route, inputs, names) }),
    responses: {
      [String(route.status ?? 200)]: {
        description: 'Done.',
        ...headersOf({
          ...(route.location === undefined ? {} : { Location: { description: 'Where the new thing is.', schema: { type: 'string' } } }),
          ...(keyed ? replayHeader : {}),
        }),
        content: { 'application/json': { schema: outputOf(router, first.procedure, components) } },
      },
      ...describeRefusals(
        route.operations.flatMap(({ procedure }) => [...(reasons[procedure] ?? [])]),
        keyed,
      ),
    },
  }
}

function tagOf(route: RestRoute): string {
  return route.operations[0].procedure.split('.')[0] ?? ''
}

function summaryOf(route: RestRoute): string {
  const joined = route.operations.map(({ summary }) => summary).join(', or ')
  return joined.charAt(0).toUpperCase() + joined.slice(1)
}

interface ObjectSchema extends Schema {
  properties?: Record<string, Schema>
  required?: string[]
}

function inputOf(router: AnyTRPCRouter, operation: RestOperation): ObjectSchema {
  const {
    $schema: _dialect,
    $defs: inner = {},
    default: _default,
    ...schema
  } = z.toJSONSchema(router._def.procedures[operation.procedure]._def.inputs[0], { io: 'input' })
  return inlined(schema, inner) as ObjectSchema
}

/** What an input takes is written out where it stands: the schema of the same name describes what answers hold. */
function inlined(part: unknown, definitions: Record<string, unknown>): unknown {
  if (Array.isArray(part)) return part.map((item) => inlined(item, definitions))
  if (typeof part !== 'object' || part === null) return part
  const { $ref, ...own } = part as Record<string, unknown>
  const members = Object.fromEntries(Object.entries(own).map(([name, member]) => [name, inlined(member, definitions)]))
  if (typeof $ref !== 'string') return members
  const { id: _id, ...referred } = inlined(definitions[$ref.replace('#/$defs/', '')], definitions) as Record<string, unknown>
  return { ...referred, ...members }
}

/** What is left of the input for the body, with the members that choose the operation. */
function describeBody(route: RestRoute, inputs: readonly ObjectSchema[], names: readonly string[]) {
  const schemas = inputs.map((input, at): Schema => {
    const when = Object.entries(route.operations[at]?.when ?? {})
    const properties = Object.fromEntries(Object.entries(input.properties ?? {}).filter(([name]) => !names.includes(name)))
    const constants = Object.fromEntries(when.map(([name, value]) => [name, { const: value }]))
    const required = [...when.map(([name]) => name), ...(input.required ?? []).filter((name) => !names.includes(name))]
    return { ...input, properties: { ...constants, ...properties }, required }
  })
  const examples = Object.fromEntries(route.operations.map(({ procedure, summary, example }) => [procedure, { summary, value: example }]))
  const schema = schemas.length === 1 ? schemas[0] : { oneOf: schemas }
  return { required: true, content: { 'application/json': { schema, examples } } }
}

/** Named schemas move to the components, so that a reader sees one Trip and not nine. */
function outputOf(router: AnyTRPCRouter, procedure: string, components: Record<string, Schema>): Schema {
  const { $schema: _dialect, $defs: inner, ...schema } = z.toJSONSchema(router._def.procedures[procedure]._def.output, { io: 'output' })
  const named = (part: unknown): unknown => JSON.parse(JSON.stringify(part).replaceAll('"#/$defs/', '"#/components/schemas/'))
  for (const [name, definition] of Object.entries(inner ?? {})) {
    const { id: _id, ...rest } = named(definition) as Schema
    components[name] = rest
  }
  const { id: _id, ...whole } = named(schema) as Schema
  return whole
}

const canonical = (name: string) => name.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase())

const keyParameter = {
  name: canonical(keyHeader),
  in: 'header',
  required: false,
  description: `The same as \`${keyMember}\` in the body: the same key and input answer the same, however often they are sent; kept 7 days.`,
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}

const replayHeader = {
  [canonical(replayedHeader)]: {
    description: 'Present where the key had its answer already; nothing was done.',
    schema: { type: 'string', const: 'true' },
  },
}

const headersOf = (headers: Record<string, unknown>) => (Object.keys(headers).length > 0 ? { headers } : {})

/** Business refusals are stored under a key and answered again; what may pass by itself never is. */
const replayable = new Set([403, 404, 409, 412, 422])

function describeRefusals(possible: readonly Code[], keyed: boolean) {
  const byStatus = Map.groupBy(new Set(possible), (code) => codes[code].status)
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [
      String(status),
      {
        description: group.join(', '),
        ...headersOf({
          ...(status === 429 || status === 503 ? { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } } : {}),
          ...(keyed && replayable.has(status) ? replayHeader : {}),
        }),
        content: {
          'application/problem+json': {
            schema: { $ref: '#/components/schemas/Problem' },
            examples: Object.fromEntries(group.map(exampleOf)),
          },
        },
      },
    ]),
  )
}

function exampleOf(code: Code): [Code, { value: unknown }] {
  const { status, message, retryable } = codes[code]
  return [code, { value: problemOf({ code, message, retryable, requestId: '3f1c2a5e-9d1b-4d0e-8f57-2b6c1d7e9a10', httpStatus: status }) }]
}

function problemSchema(): Schema {
  const text = { type: 'string' }
  return {
    type: 'object',
    description: 'Problem details (RFC 9457).',
    required: ['type', 'title', 'status', 'detail', 'code', 'retryable', 'requestId'],
    properties: {
      type: { ...text, format: 'uri-reference', description: `Explains the code, as in ${problemType('TRIP_OVERLAP')}.` },
      title: text,
      status: { type: 'integer' },
      detail: text,
      instance: { ...text, format: 'uri-reference' },
      code: { ...text, enum: Object.keys(codes), description: 'What to program against.' },
      retryable: { type: 'boolean', description: 'Whether the same request may succeed later.' },
      retryAfterMs: { type: 'integer' },
      field: { ...text, description: 'The member of the input that is wrong.' },
      details: { type: 'object', additionalProperties: true },
      requestId: text,
    },
  }
}
