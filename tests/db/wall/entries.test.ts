// Entry functions as the catalog has them: listed, with their signatures, and each recognises its caller first, in its own name.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { batches, type FunctionName, functions, services } from '@fleetflow/db'
import { appRouter } from '@fleetflow/server'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../../support/database.ts'
import { codeOf, readFunctions } from '../../support/lints/lint.ts'
import { openSuperuser } from '../../support/superuser.ts'

const db = await openTestDatabase()
const superuser = openSuperuser(db)
const procedures = join(import.meta.dirname, '..', '..', '..', 'server', 'src', 'procedures')

/** Which entry function a procedure calls, as its file says. */
function calledBy(procedure: string): string {
  const text = readFileSync(join(procedures, `${procedure.replace('.', '/')}.ts`), 'utf8')
  const called = [...new Set([...text.matchAll(/'(\w+_rpc)'/g)].map((match) => match[1]))]
  expect(called, `${procedure} calls one function`).toHaveLength(1)
  return called[0] ?? ''
}

const procedureOf = Object.fromEntries(Object.keys(appRouter._def.procedures).map((name) => [calledBy(name), name]))

/** What is wrong with the first line of an entry function. */
function firstLineFault(name: string, source: string): string | null {
  const entered = /^\s*declare\s+v_actor uuid := private\.enter\((\w+)\.actor, '([\w.]+)', (true|false)\);/.exec(
    source.replace(/--.*$/gm, ''),
  )
  if (!entered) return 'does not enter first'
  const [, from, procedure, mayCreate] = entered
  const mutates = 'idempotency_key' in functions[name as FunctionName]
  if (from !== name || procedure !== procedureOf[name]) return `enters as ${procedure} of ${from}, not as ${procedureOf[name]}`
  if ((mayCreate === 'true') !== ((mutates && name !== 'erase_me_rpc') || name === 'get_me_rpc' || name === 'export_me_rpc'))
    return 'creates users where it should not, or does not where it should'
  if (/\bprivate\.enter\b/.test(source.slice(source.indexOf('private.enter') + 13))) return 'enters twice'
  const performed = [...source.matchAll(/private\.perform\('([\w.]+)', v_actor,/g)].map((match) => match[1])
  if (mutates && (performed.length !== 1 || performed[0] !== procedure)) return `performs ${performed.join(', ') || 'nothing'}`
  return /current_setting|set_config/.test(codeOf(source)) ? 'touches settings itself' : null
}

/** The function whose calls a batch runs, by the batch. */
const runs: Record<keyof typeof batches, FunctionName> = { create_trips_rpc: 'create_trip_rpc' }

/**
 * What is wrong with how a batch begins each of its calls: in a subtransaction of its own nobody is known, then the call's own actor is recognised in
 * the name of the procedure, and only for them it is run. Nothing is run elsewhere.
 */
function eachCallFault(name: keyof typeof batches, source: string): string | null {
  const text = source.replace(/--.*$/gm, '')
  const begun =
    /\bloop\b[\s\S]*?\bbegin\s+perform private\.forget_actor\(\);\s+v_actor := private\.enter\(v_call -> 'actor', '([\w.]+)', true\);\s+v_outcome := private\.attempt\('([\w.]+)', v_actor, /.exec(
      text,
    )
  if (!begun) return 'does not begin each call by recognising its actor'
  const [procedure, performed] = begun.slice(1)
  const wanted = procedureOf[runs[name]]
  if (procedure !== wanted || performed !== wanted) return `enters as ${procedure} and performs ${performed}, not ${wanted}`
  const called = [...text.matchAll(/\bprivate\.(\w+)\(/g)].map(([, fn]) => fn).sort()
  const known = ['attempt', 'create_trip_call', 'enter', 'forget_actor', 'lock_idle_cars']
  if (called.join() !== known.join()) return `calls ${called.join(', ')}`
  return /current_setting|set_config/.test(codeOf(source)) ? 'touches settings itself' : null
}

const isBatch = (name: string): name is keyof typeof batches => name in batches

const read = async (sql = db.admin) =>
  (await readFunctions(sql)).filter((fn) => fn.schema === 'public' && fn.grantees.includes('fleetflow_api'))

const entryFaults = async (sql = db.admin): Promise<string[]> =>
  (await read(sql)).flatMap(({ name, source }) => {
    const plain = name.replace('public.', '')
    const own = plain in functions ? firstLineFault(plain, source) : 'is not listed'
    const fault = plain in services ? null : isBatch(plain) ? eachCallFault(plain, source) : own
    return fault === null ? [] : [`${plain}: ${fault}`]
  })

describe('an entry function', () => {
  test('is there for each procedure, and no other is', async () => {
    expect(Object.keys(procedureOf).sort()).toEqual(Object.keys(functions).sort())
    expect((await read()).map((fn) => fn.name).sort()).toEqual(
      [...Object.keys(functions), ...Object.keys(services), ...Object.keys(batches)].map((name) => `public.${name}`).sort(),
    )
  })

  test('has the listed signature, and nothing else can be executed by the API role', async () => {
    const rows = await db.admin<{ name: string; parameters: Record<string, string> }[]>`
      select p.proname as name, jsonb_object_agg(a.name, replace(format_type(a.type, null), 'timestamp with time zone', 'timestamptz')) as parameters
        from pg_proc as p cross join lateral unnest(p.proargnames, p.proargtypes::oid[]) with ordinality as a (name, type, place)
       where has_function_privilege('fleetflow_api', p.oid, 'EXECUTE') and p.pronamespace in (select n.oid from pg_namespace as n
               where n.nspname !~ '^pg_' and n.nspname <> 'information_schema')
         and not exists (select from pg_depend as d where d.objid = p.oid and d.classid = 'pg_proc'::regclass and d.deptype = 'e')
       group by p.oid, p.proname`
    expect(Object.fromEntries(rows.map((r) => [r.name, r.parameters]))).toEqual({ ...functions, ...services, ...batches })
  })

  test('recognises its actor first, in the name of its own procedure', async () => {
    expect(await entryFaults()).toEqual([])
  })

  test.each([
    ['a forgotten first line', /private\.enter\([^;]*\)/, 'null'],
    ['a first line that comes second', /v_actor uuid := private\.enter/, 'v_first integer := 1; v_actor uuid := private.enter'],
    ["another procedure's name", /'trips\.list'/, "'trips.get'"],
    ['a read that makes users', /'trips\.list', false/, "'trips.list', true"],
    ['an identity that is set by hand', /begin\n/, "begin\n perform set_config('fleetflow.uid', v_actor::text, true);\n"],
  ])('control: %s is noticed', async (_, from, to) => {
    await superuser.unsafe('begin')
    try {
      const [row] = await superuser<{ text: string }[]>`select pg_get_functiondef('public.list_trips_rpc'::regproc) as text`
      const changed = (row?.text ?? '').replace(from, to)
      expect(changed).not.toBe(row?.text)
      await superuser.unsafe(changed)
      expect(await entryFaults(superuser)).toEqual([expect.stringMatching(/^list_trips_rpc: /)])
    } finally {
      await superuser.unsafe('rollback')
    }
  })

  test.each([
    ['a call whose actor is not recognised', /private\.enter\([^;]*\)/, 'null'],
    ['a call that begins as the one before it', 'perform private.forget_actor();', 'null;'],
    ['a caller who is recognised once for all', "v_call -> 'actor'", "create_trips_rpc.calls -> 0 -> 'actor'"],
    ['something that is done before anybody is known', 'v_outcome := null;', 'perform private.create_trip(v_actor, v_call);'],
  ])('control: in a batch %s is noticed', async (_, from, to) => {
    await superuser.unsafe('begin')
    try {
      const [row] = await superuser<{ text: string }[]>`select pg_get_functiondef('public.create_trips_rpc'::regproc) as text`
      const changed = (row?.text ?? '').replace(from, to)
      expect(changed).not.toBe(row?.text)
      await superuser.unsafe(changed)
      expect(await entryFaults(superuser)).toEqual([expect.stringMatching(/^create_trips_rpc: /)])
    } finally {
      await superuser.unsafe('rollback')
    }
  })
})
