// A function that forgets its first line: with no caller recognised it shows nothing of anybody and changes nothing, whoever it believes to act.
import { type BatchName, batches, type FunctionName, functions } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../../support/database.ts'
import { makeEntryCalls } from '../../support/entryCalls.ts'
import { ourTables } from '../../support/lints/lint.ts'
import { openSuperuser } from '../../support/superuser.ts'

const db = await openTestDatabase()
const sql = openSuperuser(db)
const calls = await makeEntryCalls(sql)
/** Those that run many calls recognise the actor of each: their first line is that of each call. */
const signatures = { ...functions, ...batches }
type EntryName = FunctionName | BatchName
const isBatch = (name: EntryName): name is BatchName => name in batches

/** Every entry function that the catalog has. */
const entries = await sql<{ name: string; text: string }[]>`
  select p.proname as name, pg_get_functiondef(p.oid) as text from pg_proc as p
   where p.pronamespace = 'public'::regnamespace and p.proname like '%\_rpc' and has_function_privilege('fleetflow_api', p.oid, 'EXECUTE') order by 1`

const tables = await sql.unsafe<{ name: string; ids: string[] }[]>(`
  select n.nspname || '.' || c.relname as name,
         array(select a.attname from pg_attribute as a where a.attrelid = c.oid and a.attnum > 0 and a.atttypid in ('uuid'::regtype, 'text'::regtype)
           and a.attname in ('id', 'user_id', 'slug', 'email', 'name'))::text[] as ids
    from ${ourTables} where c.relkind in ('r', 'p') order by 1`)

/** Everything that is stored, as one text a table. */
const contents = async (): Promise<Record<string, string>> =>
  Object.fromEntries(
    await Promise.all(
      tables.map(async ({ name }) => {
        const [row] = await sql.unsafe<{ hash: string }[]>(
          `select md5(coalesce(string_agg(t::text, ',' order by t::text), '')) as hash from ${name} as t`,
        )
        return [name, row?.hash ?? '']
      }),
    ),
  )

/** What would tell somebody that a row is there: its id, its slug, a person's name or address. */
const telling: string[] = []
for (const { name, ids } of tables.filter((table) => !table.name.endsWith('.migrations') && !table.name.endsWith('.placement'))) {
  for (const column of ids)
    telling.push(
      ...(await sql.unsafe<{ word: string }[]>(`select distinct ${column}::text as word from ${name} where ${column} is not null`)).map(
        (row) => row.word,
      ),
    )
}

interface Result {
  answer: unknown
  refused: boolean
  changed: string[]
}

/** Calls an entry function as the API does and takes back what it did. */
async function callOnce(name: EntryName): Promise<Result> {
  const before = await contents()
  const given: Readonly<Record<string, unknown>> = calls[name]
  const parameters = Object.entries(signatures[name])
  const values = parameters.map(([parameter, type]) => {
    const value = given[parameter] ?? null
    return type === 'jsonb' && value !== null ? JSON.stringify(value) : (value as string | number | null)
  })
  const text = parameters.map(([parameter, type], n) => `${parameter} => $${n + 1}::${type === 'jsonb' ? 'text::jsonb' : type}`).join(', ')
  await sql.unsafe('savepoint call; set local session authorization fleetflow_api')
  try {
    const rows = await sql.unsafe<{ answer: unknown }[]>(`select public.${name}(${text}) as answer`, values)
    await sql.unsafe('reset session authorization')
    const after = await contents()
    const answer = rows[0]?.answer ?? null
    const refused = isBatch(name)
      ? (answer as unknown[]).every((outcome) => outcome === null)
      : typeof answer === 'object' && answer !== null && 'refusal' in answer
    return { answer, refused, changed: Object.keys(before).filter((table) => before[table] !== after[table]) }
  } catch (error) {
    return { answer: String(error), refused: true, changed: [] }
  } finally {
    await sql.unsafe('rollback to savepoint call')
  }
}

/** As `callOnce`, with the function rewritten for as long. */
async function callRewritten(name: EntryName, rewritten: string): Promise<Result> {
  await sql.unsafe('begin')
  try {
    await sql.unsafe(rewritten)
    return await callOnce(name)
  } finally {
    await sql.unsafe('rollback')
  }
}

/** Words of stored rows in an answer that were not in the question. */
function leaked(name: EntryName, answer: unknown): string[] {
  const [asked, told] = [JSON.stringify(calls[name]), JSON.stringify(answer)]
  return telling.filter((word) => word.length > 3 && told.includes(`"${word}"`) && !asked.includes(word))
}

const firstLine = /private\.enter\((?:\w+\.actor|v_call -> 'actor'), '[\w.]+', (?:true|false)\)/
const isMutation = (name: EntryName): boolean => isBatch(name) || 'idempotency_key' in functions[name]
/** They change nothing when they succeed. */
const previews: EntryName[] = ['preview_rate_plan_rpc']
/** Whoever is not there has been erased: nothing is said of anybody. */
const nothingTold = ['{"answer":null}', '{"answer":{"erased":true}}']
/** What is public knowledge, or says only what was asked. */
const silent: EntryName[] = ['list_reviews_rpc', 'list_windows_rpc', 'next_free_rpc', 'cancel_preview_rpc']

test('every entry function has a call here', () => {
  expect(Object.keys(calls).sort()).toEqual(entries.map((entry) => entry.name).sort())
  expect(telling.length).toBeGreaterThan(50)
})

describe.each(entries.map(({ name, text }) => ({ name: name as EntryName, text })))('$name', ({ name, text }) => {
  test('control: does its work with its first line', async () => {
    const { answer, refused, changed } = await callRewritten(name, text)
    expect({ refused, answer: refused ? answer : null }).toEqual({ refused: false, answer: null })
    if (isMutation(name) && !previews.includes(name)) expect(changed).not.toEqual([])
    if (!isMutation(name) && !silent.includes(name)) expect(leaked(name, answer)).not.toEqual([])
  })

  test.each([
    ['forgets it', 'null::uuid'],
    ['takes the caller at its word', `'${calls[name]?.callerId}'::uuid`],
  ])('shows nothing and changes nothing when it %s', async (_, instead) => {
    const rewritten = text.replace(firstLine, instead)
    expect(rewritten).not.toBe(text)
    const { answer, refused, changed } = await callRewritten(name, rewritten)
    expect(changed).toEqual([])
    if (isMutation(name) && !previews.includes(name))
      expect(refused || nothingTold.includes(JSON.stringify(answer)), JSON.stringify(answer)).toBe(true)
    expect(leaked(name, answer)).toEqual([])
    if (!refused && !nothingTold.includes(JSON.stringify(answer)))
      expect(JSON.stringify(answer)).toMatch(/^(null|\{("items":\[\]|"\w+":(null|false|\[\])|,|"asOf":"[^"]*"|"nextCursor":"[^"]*")*\})$/)
  })
})
