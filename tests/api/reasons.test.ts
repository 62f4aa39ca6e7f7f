// What the database's functions raise is what the procedures declare: nothing reaches a client that its types do not know.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { raisedCodes } from '@fleetflow/db'
import { reasons } from '@fleetflow/server'
import { expect, it } from 'vitest'

const folder = join(import.meta.dirname, '../../db/sql/functions')
const sources = new Map(
  readdirSync(folder).map((file) => [file.replace('.sql', ''), withoutComments(readFileSync(join(folder, file), 'utf8'))]),
)
const known = new Set<string>(Object.values(raisedCodes))

function withoutComments(source: string): string {
  return source.replaceAll(/^\s*--.*$/gm, '')
}

/** The codes that a function or any function it calls raises. */
function raisedBy(name: string, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return new Set()
  seen.add(name)
  const source = sources.get(name) ?? ''
  const raised = new Set(
    [...source.matchAll(/message\s*=\s*'([A-Z_]+)'/g)].map(([, code]) => String(code)).filter((code) => known.has(code)),
  )
  for (const [, called] of source.matchAll(/\bprivate\.(\w+)\s*\(/g)) for (const code of raisedBy(String(called), seen)) raised.add(code)
  return raised
}

const functionOf = (path: string) => {
  const [domain = '', verb = ''] = path.split('.')
  return domain === 'me' ? 'get_me_rpc' : `${verb}_${verb === 'list' ? domain : domain.replace(/s$/, '')}_rpc`
}

it.each(Object.keys(reasons))('%s declares every code that its function can raise', (path) => {
  const name = functionOf(path)
  expect(sources.has(name)).toBe(true)
  const raised = raisedBy(name)
  expect([...raised]).toContain('UNAUTHENTICATED')
  expect([...raised].filter((code) => !(reasons[path as keyof typeof reasons] as readonly string[]).includes(code))).toEqual([])
})
