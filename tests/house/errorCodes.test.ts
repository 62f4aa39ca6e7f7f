// The register of error codes: what db/sql raises is what @fleetflow/db maps, and every function's header says what it raises.
import { raisedCodes } from '@fleetflow/db'
import { sqlObjects } from '@fleetflow/db/admin'
import { describe, expect, test } from 'vitest'

const register: Readonly<Record<string, string>> = raisedCodes
const known = new Set(Object.values(register))

interface SqlFunction {
  name: string
  /** Codes that its own body raises. */
  own: string[]
  /** Our functions that its body calls. */
  callees: string[]
  /** Codes of its callees that its header's `Catches:` lists: it does not hand them on. */
  caught: string[]
  /** Codes that a handler of its body names. */
  handled: string[]
  /** Whether it catches what its body raises, so that no refusal leaves it. */
  catches: boolean
  /** Codes that its header's `Raises:` lists. */
  promised: string[]
}

const withoutComments = (text: string) => text.replace(/--.*$/gm, '')
const raise = /raise\s+exception\s+using\s+errcode\s*=\s*'(\w+)'\s*,\s*message\s*=\s*'(\w+)'/g

/** Runs the function of whatever operation it is told: what that raises is in the header of each, and `performed` knows which it is. */
const dispatcher = 'private.run_operation'

function describeFunction(text: string): SqlFunction {
  const body = /\$\$([\s\S]*)\$\$/.exec(withoutComments(text))?.[1] ?? ''
  const header = text.slice(0, text.search(/^(?!--)/m)).replace(/^-- */gm, '')
  const [, catching = ''] = /Catches:((?:.|\n)*?)\./.exec(header) ?? []
  const [, promise = ''] = /Raises:((?:.|\n)*?)(?:\.\s|\.$|\n[A-Z]\w+:|$(?![\s\S]))/.exec(header) ?? []
  const name = /create or replace function (\w+\.\w+)\(/.exec(text)?.[1] ?? ''
  return {
    name,
    own: [...body.matchAll(raise)].map(([, , code = '']) => code),
    callees: name === dispatcher ? [] : [...body.matchAll(/\b(?:private|public)\.(\w+)\s*\(/g)].map(([call]) => call.replace(/\s*\($/, '')),
    caught: [...catching.matchAll(/[A-Z][A-Z_]+/g)].map(([word]) => word).filter((word) => known.has(word)),
    handled: [...body.matchAll(/\bsqlstate '(\w+)'/g)].map(([, state = '']) => register[state] ?? state),
    catches: /exception\s+when\s+others/.test(body),
    promised: [...promise.matchAll(/[A-Z][A-Z_]+/g)].map(([word]) => word).filter((word) => known.has(word)),
  }
}

const texts = sqlObjects().filter((object) => object.folder === 'functions')
const functions = new Map(texts.map(({ text }) => describeFunction(text)).map((fn) => [fn.name, fn]))

/** The inner function of each operation, as run_operation knows it; what it refuses is an outcome of perform and not raised by it. */
const performed = new Map(
  [
    ...(texts.find(({ path }) => path.endsWith('/run_operation.sql'))?.text ?? '').matchAll(
      /when '([\w.]+)' then\s+return private\.(\w+)\(/g,
    ),
  ].map(([, operation = '', inner = '']) => [operation, `private.${inner}`]),
)

/** What a function and those it calls can raise, as if it caught nothing. */
function raisedIn(fn: SqlFunction, above: readonly string[]): Set<string> {
  return new Set([...fn.own, ...fn.callees.flatMap((callee) => [...reachable(callee, [...above, fn.name])])])
}

/** All that a call can raise. Where a function catches a code that it may also hand on, its header decides between the two. */
function reachable(name: string, above: readonly string[] = []): Set<string> {
  const fn = functions.get(name)
  if (fn === undefined || fn.catches || above.includes(name)) return new Set()
  return fn.caught.length > 0 ? new Set(fn.promised) : raisedIn(fn, above)
}

describe('the register of error codes', () => {
  test('looks at every function and at many raises', () => {
    expect(functions.size).toBe(texts.length)
    expect(functions.size).toBeGreaterThanOrEqual(39)
    expect([...functions.values()].flatMap((fn) => fn.own).length).toBeGreaterThanOrEqual(25)
  })

  test('holds every SQLSTATE that db/sql raises with its code as the message, and nothing that it does not raise', () => {
    const raised = texts.flatMap(({ text }) =>
      [...withoutComments(text).matchAll(raise)].map(([, state = '', code = '']) => [state, code] as const),
    )
    expect(new Set(raised.map(([state, code]) => `${state} ${code}`))).toEqual(
      new Set([
        // The mark of a rehearsal, which perform raises and catches itself.
        'FF000 DRY_RUN',
        ...Object.entries(register).map(([state, code]) => `${state} ${code}`),
      ]),
    )
  })

  test('has one code for each SQLSTATE of class FF and one SQLSTATE for each code', () => {
    expect(known.size).toBe(Object.keys(register).length)
    expect(Object.keys(register).filter((state) => !/^FF\d{3}$/.test(state))).toEqual([])
  })

  test('is the only way to fail on purpose, but for guards that no caller of the API can meet', () => {
    const unregistered = sqlObjects().flatMap(({ path, text }) => {
      const code = withoutComments(text)
      return (
        code
          .replaceAll(raise, '')
          .match(/\braise\b/g)
          ?.map(() => path) ?? []
      )
    })
    // perform and fresh_quote hand on what is no refusal; try_again is 40001, which callers retry.
    expect(unregistered.toSorted()).toEqual(
      [
        'check_total',
        'check_trip',
        'fresh_quote',
        'guard_log',
        'guard_rate_plan',
        'guard_service_user',
        'guard_total',
        'perform',
        'try_again',
      ].map((name) => `sql/functions/${name}.sql`),
    )
  })

  test.each([...functions.values()])('the header of $name lists exactly what it and the functions it calls raise', (fn) => {
    const raised = fn.catches ? new Set<string>() : raisedIn(fn, [])
    const surely = [...raised].filter((code) => !fn.caught.includes(code) || fn.own.includes(code) || fn.promised.includes(code))
    expect([...new Set(fn.promised)].sort()).toEqual(surely.sort())
  })

  test('what a header says is caught has a handler', () => {
    const catching = [...functions.values()].filter((fn) => fn.caught.length > 0)
    expect(catching.length).toBeGreaterThanOrEqual(2)
    expect(catching.filter((fn) => fn.caught.some((code) => !fn.handled.includes(code))).map((fn) => fn.name)).toEqual([])
  })

  test('every entry function that changes something says which inner function decides, the one that perform runs for its operation', () => {
    const entries = texts.flatMap(({ text }) => {
      const operation = /private\.perform\('([\w.]+)'/.exec(text)?.[1]
      return operation === undefined ? [] : [{ operation, promised: /outcome of (private\.\w+)/.exec(text)?.[1] }]
    })
    expect(entries.length).toBeGreaterThanOrEqual(4)
    expect(new Map(entries.map(({ operation, promised }) => [operation, promised]))).toEqual(performed)
  })
})
