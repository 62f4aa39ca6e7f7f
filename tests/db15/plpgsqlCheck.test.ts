// plpgsql_check over every plpgsql function, each trigger function with each of its tables: wrong names, types and casts that only a call would show.
import type postgres from 'postgres'
import { expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { inOurSchemas } from '../support/lints/lint.ts'
import { openSuperuser } from '../support/superuser.ts'

const db = await openTestDatabase()
const sql = openSuperuser(db)
await sql`create extension plpgsql_check`
await sql`set search_path = pg_catalog, public, pg_temp`

interface Finding {
  fn: string
  level: string
  line: number | null
  message: string
}

/** What each function is told, and how many were looked at. */
async function check(): Promise<{ looked: number; findings: Finding[] }> {
  const targets = `
    select p.oid, n.nspname || '.' || p.proname as fn, coalesce(t.tgrelid, 0) as relid, t.tgoldtable, t.tgnewtable
      from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace and ${inOurSchemas}
      join pg_language as l on l.oid = p.prolang and l.lanname = 'plpgsql'
      left join (select distinct g.tgfoid, g.tgrelid, g.tgoldtable, g.tgnewtable from pg_trigger as g where not g.tgisinternal) as t on t.tgfoid = p.oid
     where p.prorettype <> 'trigger'::regtype or t.tgrelid is not null`
  const [row] = await sql.unsafe<{ looked: number }[]>(`select count(*)::integer as looked from (${targets}) as t`)
  const findings = await sql.unsafe<Finding[]>(`
    select t.fn, c.level, c.lineno as line, c.message
      from (${targets}) as t
     cross join lateral plpgsql_check_function_tb(t.oid, t.relid, fatal_errors := false, other_warnings := false, extra_warnings := true,
       performance_warnings := false, security_warnings := true, oldtable := t.tgoldtable, newtable := t.tgnewtable) as c
     order by 1, 3`)
  return { looked: row?.looked ?? 0, findings: [...findings] }
}

/** What is right although a look at one function and one table cannot tell; the pattern is of `function: message`. */
const meant: [pattern: RegExp, because: string][] = [
  [/: (unused|never read) variable "v_actor"$/, 'the first line is for what it does, not for what it answers'],
  [/: unused parameter "actor"$/, 'inner functions of changes have one signature'],
  [/^private\.note_change: record "(new|old)" has no field "(car_id|version)"$/, 'columns are named only for tables that have them'],
  [/^private\.check_person: record "new" has no field "\w+"$/, 'columns are named only for tables that have them'],
  [/^private\.guard_rate_plan: record "new" has no field "rate_plan_id"$/, 'asked on inserts of seasons alone'],
  [/^private\.apply_trip_lines: relation "(new|old)_lines" does not exist$/, 'each of its triggers has the one that it reads'],
  [/^private\.run_operation: control reached end of function without RETURN$/, 'every branch returns, and a CASE without ELSE raises'],
  [/^private\.move_trips: (never read variable "v_new"|record "v_new" has no field "trip")$/, 'the loop gives the record its fields'],
]

const nameOf = ({ fn, message }: Finding): string => `${fn}: ${message}`

test('every plpgsql function passes', async () => {
  const { looked, findings } = await check()
  expect(looked).toBeGreaterThanOrEqual(90)
  expect(findings.map(nameOf).filter((name) => !meant.some(([pattern]) => pattern.test(name)))).toEqual([])
})

const broken = (body: string) => (tx: postgres.Sql) =>
  tx.unsafe(
    `create function private.made() returns integer language plpgsql set search_path = pg_catalog, public, pg_temp as $made$ ${body} $made$`,
  )

test.each([
  ['a column that is not there', 'begin return (select t.colour from public.trips as t limit 1); end'],
  ['a function that is not there', 'begin return private.nowhere(); end'],
  ['an answer that may be missing', 'begin if now() > now() then return 1; end if; end'],
])('control: %s is noticed', async (_, body) => {
  await sql.unsafe('begin')
  try {
    await broken(body)(sql)
    expect((await check()).findings.filter((finding) => finding.fn === 'private.made')).not.toEqual([])
  } finally {
    await sql.unsafe('rollback')
  }
})
