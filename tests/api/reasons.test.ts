// What the database's functions raise is what the procedures declare: nothing reaches a client that its types do not know.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { raisedCodes } from '@fleetflow/db'
import { reasons } from '@fleetflow/server'
import { expect, it } from 'vitest'

const folder = join(import.meta.dirname, '../../db/sql/functions')
const texts = new Map(readdirSync(folder).map((file) => [file.replace('.sql', ''), readFileSync(join(folder, file), 'utf8')]))
const sources = new Map([...texts].map(([name, text]) => [name, withoutComments(text)]))
const known = new Set<string>(Object.values(raisedCodes))

function withoutComments(source: string): string {
  return source.replaceAll(/^\s*--.*$/gm, '')
}

/** The codes of its callees that a function's header says it catches. */
function caughtBy(name: string): Set<string> {
  const header = texts.get(name)?.split(/^(?!--)/m)[0] ?? ''
  const [, list = ''] = /Catches:((?:.|\n)*?)\./.exec(header) ?? []
  return new Set([...list.matchAll(/[A-Z][A-Z_]+/g)].map(([word]) => word))
}

function innerOf(operation: string): string {
  const [, inner] = new RegExp(`when '${operation}' then\\s+return private\\.(\\w+)`).exec(sources.get('run_operation') ?? '') ?? []
  if (inner === undefined || !sources.has(inner)) throw new Error(`nobody knows what ${operation} runs`)
  return inner
}

/** The codes that a function or any function it calls raises. */
function raisedBy(name: string, above: readonly string[] = []): Set<string> {
  if (above.includes(name)) return new Set()
  const source = sources.get(name) ?? ''
  const own = [...source.matchAll(/message\s*=\s*'([A-Z_]+)'/g)].map(([, code]) => String(code)).filter((code) => known.has(code))
  // run_operation decides by the operation which inner function runs.
  const operation = /private\.perform\('([\w.]+)'/.exec(source)?.[1]
  const calls = [...source.matchAll(/\bprivate\.(\w+)\s*\(/g)].map(([, called]) => String(called))
  const followed = operation === undefined ? calls : [...calls.filter((called) => called !== 'perform'), innerOf(operation), 'claim_key']
  const caught = caughtBy(name)
  const passed = followed.flatMap((called) => [...raisedBy(called, [...above, name])]).filter((code) => !caught.has(code))
  return new Set([...own, ...passed])
}

/** The entry function that a procedure's file names. */
const functionOf = (path: string) => {
  const file = join(import.meta.dirname, '..', '..', 'server', 'src', 'procedures', ...path.split('.'))
  return /'(\w+_rpc)'/.exec(readFileSync(`${file}.ts`, 'utf8'))?.[1] ?? ''
}

it.each(Object.keys(reasons))('%s declares every code that its function can raise', (path) => {
  const name = functionOf(path)
  expect(sources.has(name)).toBe(true)
  const raised = raisedBy(name)
  expect([...raised]).toContain('UNAUTHENTICATED')
  expect([...raised].filter((code) => !(reasons[path as keyof typeof reasons] as readonly string[]).includes(code))).toEqual([])
})
