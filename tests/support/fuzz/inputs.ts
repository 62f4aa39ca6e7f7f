// Inputs for fuzzing, made from the router's own schemas: a valid one for every procedure, and ways to spoil it.
import { appRouter } from '@fleetflow/server/router'
import { z } from 'zod'

export type Next = (below: number) => number
export type Bag = Record<string, unknown>
type Schema = z.core.JSONSchema.JSONSchema

export interface Procedure {
  path: string
  mutation: boolean
  schema: z.ZodType
  /** A whole valid input, but for the idempotency key. */
  base: Bag
  /** Names something that can be somebody else's: whoever does not know it cannot succeed. */
  foreign: boolean
}

/** Ids that are nobody's, or somebody else's once `useIds` was told. */
const ids = { uuids: ['0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091'], fleets: ['nothing'] }

/** Tells which ids of other people's things to ask for. */
export function useIds(uuids: readonly string[], fleets: readonly string[]): void {
  ids.uuids.push(...uuids)
  ids.fleets.push(...fleets)
}

export const pick = <T>(next: Next, from: readonly T[]): T => from[next(from.length)] as T

const key = 'idempotencyKey'
const instants = ['2031-05-01T10:00:00Z', '2031-05-02T10:00:00Z']
const texts = [
  ...['0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091', 'demo', '2031-05-03T09:00', '2031-05-03', '08:00', '18:00', 'EUR', 'Europe/Lisbon'],
  ...['somebody@example.com', 'FREQ=WEEKLY;COUNT=2', 'FREQ=WEEKLY', 'van', 'A name', 'a'.repeat(43), 'trips.list', 'a'.repeat(64)],
]

/** A value that the schema allows, as far as a schema can say. */
function sample(schema: Schema | boolean | undefined, name = ''): unknown {
  if (typeof schema !== 'object') return 'text'
  if (schema.const !== undefined) return schema.const
  if (schema.enum !== undefined) return schema.enum[0]
  if (schema.format === 'date-time') return /end|to|until/i.test(name) ? instants[1] : instants[0]
  const [first] = schema.anyOf ?? schema.oneOf ?? []
  if (first !== undefined) return sample(first, name)
  if (schema.type === 'object') {
    return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([member, inner]) => [member, sample(inner as Schema, member)]))
  }
  if (schema.type === 'array') return sampleItems(schema, name)
  if (schema.type === 'boolean') return true
  if (schema.type === 'integer' || schema.type === 'number') return Math.max(schema.minimum ?? 1, Math.min(schema.maximum ?? 1, 1))
  const fits = (text: string) =>
    text.length >= (schema.minLength ?? 0) && text.length <= (schema.maxLength ?? 1000) && new RegExp(schema.pattern ?? '', 'u').test(text)
  return texts.find(fits) ?? 'text'
}

function sampleItems(schema: Schema, name: string): unknown[] {
  const each = (schema.prefixItems ?? []) as Schema[]
  if (each.length > 0) return each.map((item, i) => (item.pattern?.includes('24:00') && i > 0 ? '18:00' : sample(item, name)))
  return Array.from({ length: schema.minItems ?? 1 }, () => sample(schema.items as Schema, name))
}

const blames = (schema: z.ZodType, input: Bag, member: string): boolean =>
  (schema.safeParse(input).error?.issues ?? []).some(({ path }) => path[0] === member)

const faults = (schema: z.ZodType, input: Bag): number => schema.safeParse(input).error?.issues.length ?? 0

/** What does not go together with the rest is another text, or left out. */
function mended(schema: z.ZodType, base: Bag): Bag {
  for (const name of Object.keys(base)) {
    const { [name]: _left, ...rest } = base
    const others = [rest, ...texts.map((text) => ({ ...base, [name]: text }))]
    const better = others.find((other) => faults(schema, other) < faults(schema, base))
    if (better !== undefined) return mended(schema, better)
  }
  return base
}

/** A whole valid input, as far as it can be guessed. */
export function baseOf(schema: z.ZodType, { properties = {} }: Schema = z.toJSONSchema(schema, { io: 'input' })): Bag {
  const base: Bag = {}
  for (const [name, property] of Object.entries(properties)) {
    if (name === key) continue
    const later = /end/i.test(name) ? ['2031-05-03T17:00'] : []
    const candidates = [...later, sample(property as Schema, name), ...texts, ...instants, 1, true, [], {}]
    const good = candidates.find((value) => !blames(schema, { ...base, [name]: value }, name))
    base[name] = good ?? candidates[0]
  }
  return mended(schema, base)
}

/** Every procedure of the router, so that a new one is fuzzed from its first day. */
export const procedures: readonly Procedure[] = Object.entries(
  appRouter._def.procedures as unknown as Record<string, { _def: { type: string; inputs: z.ZodType[] } }>,
).map(([path, { _def }]) => {
  const [schema = z.undefined()] = _def.inputs
  const json = z.toJSONSchema(schema, { io: 'input' })
  const needed = (json.required ?? []).filter((name) => {
    const property = json.properties?.[name]
    return name === 'fleet' || name === 'token' || (typeof property === 'object' && property.format === 'uuid')
  })
  return { path, mutation: _def.type === 'mutation', schema, base: baseOf(schema, json), foreign: needed.length > 0 }
})

/** Whether a procedure would take this value. */
export const isValid = ({ schema }: Procedure, value: unknown): boolean => schema.safeParse(value).success

/** Other people's ids, or nobody's, wherever an input names something. */
export function withIds(next: Next, value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => withIds(next, item, name))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, withIds(next, inner, member)]))
  }
  if (value === texts[0]) return pick(next, ids.uuids)
  return name === 'fleet' ? pick(next, ids.fleets) : value
}

const nasty: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    {},
    [],
    [[]],
    [null],
    { $ne: 1 },
    { length: 1 },
    '',
    ' ',
    '\0',
    'a\0b',
    '\ud800',
    'x\udc00',
    'x'.repeat(5000),
    '\u202e',
  ],
  ...[
    -1,
    0,
    -0,
    1.5,
    2 ** 31,
    2 ** 53,
    2 ** 63,
    1e308,
    5e-324,
    -(2 ** 53),
    '5; drop table trips',
    "' or 1=1--",
    '$1',
    "\\'; select 1",
    '%00',
  ],
  ...[
    '../../etc/passwd',
    '\u{1f697}',
    'e\u0301',
    '\ufeff',
    '\ufffd',
    'null',
    'NaN',
    'true',
    '1',
    '1e5',
    '__proto__',
    'constructor',
    'toString',
  ],
  ...['infinity', '-infinity', 'now', 'epoch', '2028-05-01', '2028-05-01T10:00:00', '2028-02-30T10:00:00Z', '2028-05-01T10:00:00+16:00'],
  ...['0000-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '+010000-01-01T00:00:00Z', '2028-05-01T24:00:00Z', '2028-05-01T10:00:60Z', '25:00'],
  ...[
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '{0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091}',
    'urn:uuid:1',
  ],
  ...['EURO', 'eur', 'XXX', 'FREQ=SECONDLY', 'FREQ=DAILY;COUNT=999999999', 'FREQ=DAILY;UNTIL=x', 'a@b', '<script>alert(1)</script>'],
]
const keys = [
  'surprise',
  'actor',
  'isAdmin',
  'toString',
  '__proto__',
  'constructor',
  'prototype',
  '',
  'a\0b',
  '\ud800',
  '0',
  'x'.repeat(300),
  key,
]

/** Every place in a value, as paths. */
function places(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...path]]
  return [[...path], ...Object.entries(value).flatMap(([member, inner]) => places(inner, [...path, member]))]
}

function change(value: unknown, [member, ...rest]: readonly string[], how: (inner: unknown) => unknown): unknown {
  if (member === undefined) return how(value)
  const copy = (Array.isArray(value) ? [...value] : { ...(value as Bag) }) as Bag
  const inner = change(copy[member], rest, how)
  // Defined, not assigned: __proto__ is a key like any other here.
  Object.defineProperty(copy, member, { value: inner, enumerable: true, configurable: true, writable: true })
  if (inner === undefined && !Array.isArray(copy)) delete copy[member]
  return copy
}

const addKey = (inner: unknown, name: string, value: unknown): unknown => {
  if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return value
  return Object.defineProperty({ ...inner }, name, { value, enumerable: true, configurable: true, writable: true })
}

/** One to three changes somewhere in an input. The outcome may by chance be valid. */
export function spoil(next: Next, base: unknown): unknown {
  let value = base
  for (let times = 1 + next(3); times > 0; times -= 1) {
    const place = pick(next, places(value))
    const dice = next(10)
    const bad = pick(next, nasty)
    value = change(value, place, (inner) => {
      if (dice < 6) return bad
      if (dice < 7) return undefined
      if (dice < 9) return addKey(inner, pick(next, keys), bad)
      return Array.isArray(inner) ? Array.from({ length: 1000 }, () => inner[0] ?? bad) : [inner, inner]
    })
  }
  return value
}
