// The login roles against every table, sequence and function that the catalog has: each attempt is made and refused, or it is listed.
import type postgres from 'postgres'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../../support/database.ts'
import { makeFleet, makeTrip, makeUser, sqlstate } from '../../support/fixtures.ts'
import { inOurSchemas, ofExtension, ourTables } from '../../support/lints/lint.ts'
import { logIn, loginRoles } from '../../support/loginRoles.ts'
import { openSuperuser } from '../../support/superuser.ts'

const db = await openTestDatabase()
const superuser = openSuperuser(db)
const fleet = await makeFleet(db.sys)
const trip = { renterId: await makeUser(db.sys), start: '2031-05-01T10:00Z', end: '2031-05-02T10:00Z' }
await makeTrip(db.sys, fleet, trip)

interface Relation {
  schema: string
  name: string
  kind: 'table' | 'sequence'
  /** A column that an update could name. */
  column: string
}

const relations = await superuser.unsafe<Relation[]>(`
  select n.nspname as schema, n.nspname || '.' || c.relname as name, case c.relkind when 'S' then 'sequence' else 'table' end as kind,
         (select a.attname from pg_attribute as a where a.attrelid = c.oid and a.attnum > 0 and a.attgenerated = '' and a.attidentity = ''
           order by a.attnum limit 1) as column
    from ${ourTables} where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') order by 2`)

interface Callable {
  name: string
  schema: string
  call: string
  extension: boolean
}

/** Every function with a call that gives NULL for each argument; from a sub-select, because a call with constants may be left out. */
const callables = await superuser.unsafe<Callable[]>(`
  select n.nspname || '.' || p.proname as name, n.nspname as schema, ${ofExtension('p.oid', 'pg_proc')} as extension,
         case p.prorettype when 'trigger'::regtype then format('select %I.%I()', n.nspname, p.proname)
              else format('select from (select 1 as one%s offset 0) as v cross join lateral %I.%I(%s) as f', g.made, n.nspname, p.proname, g.given) end as call
    from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
   cross join lateral (
     select coalesce(string_agg(format(', null::%s as a%s', format_type(a.type, null), a.place), '' order by a.place), '') as made,
            string_agg('v.a' || a.place, ', ' order by a.place) as given
       from unnest(p.proargtypes::oid[]) with ordinality as a (type, place)) as g
   where ${inOurSchemas} and p.prokind = 'f' order by 1, 3`)

const attemptsOn = ({ name, column, kind }: Relation): Record<string, string> =>
  kind === 'sequence'
    ? {
        nextval: `select nextval('${name}')`,
        setval: `select setval('${name}', 1)`,
        select: `select last_value from ${name}`,
        drop: `drop sequence ${name}`,
        restart: `alter sequence ${name} restart`,
      }
    : {
        select: `select count(*) from ${name}`,
        'select no row': `select from ${name} limit 0`,
        insert: `insert into ${name} default values`,
        update: `update ${name} set ${column} = ${column}`,
        'update no row': `update ${name} set ${column} = ${column} where false`,
        delete: `delete from ${name}`,
        truncate: `truncate ${name}`,
        merge: `merge into ${name} as t using (select 1) as s on true when matched then delete`,
        lock: `do $$ begin lock table ${name} in access share mode; end $$`,
        'copy out': `copy ${name} to stdout`,
        'copy in': `copy ${name} from stdin`,
        references: `create table public.made (a uuid references ${name})`,
        trigger: `create trigger made after insert on ${name} execute function private.note_change()`,
        policy: `create policy made on ${name} using (true)`,
        rule: `create rule made as on insert to ${name} do instead nothing`,
        index: `create index on ${name} (${column})`,
        'switch row level security off': `alter table ${name} disable row level security`,
        own: `alter table ${name} owner to current_user`,
        grant: `grant select on ${name} to current_user`,
        comment: `comment on table ${name} is 'mine'`,
        drop: `drop table ${name}`,
        view: `create view public.made as select * from ${name}`,
      }

/** What was tried and not refused, as `object attempt: SQLSTATE`. */
async function notRefused(sql: postgres.Sql, attempts: [string, string][]): Promise<string[]> {
  const found: string[] = []
  for (const [what, statement] of attempts) {
    const state = await sqlstate(sql.unsafe(statement))
    if (state !== '42501') found.push(`${what}: ${state}`)
  }
  return found
}

test('every role that logs in is tried here', async () => {
  const rows = await superuser<
    { name: string }[]
  >`select rolname as name from pg_roles where rolname like 'fleetflow%' and rolcanlogin order by 1`
  expect(rows.map((row) => row.name)).toEqual(loginRoles.map((login) => login.role).sort())
})

describe.each(loginRoles)('$role', (login) => {
  const { role, ownSchema, runs } = login
  const sql = logIn(db, login)
  const foreign = relations.filter((relation) => relation.schema !== ownSchema)
  const tables = foreign.filter((relation) => relation.kind === 'table')

  test('is who it says, has no other name, and stands before tables that hold rows', async () => {
    expect(await sql`select session_user::text as login, current_user::text as acts`).toEqual([{ login: role, acts: role }])
    expect(tables.length).toBeGreaterThanOrEqual(20)
    expect(foreign.length, 'a sequence as well').toBeGreaterThan(tables.length)
    for (const table of ['public.trips', 'public.users', 'public.cars'])
      expect(Number((await superuser.unsafe(`select count(*) as n from ${table}`))[0]?.n), table).toBeGreaterThan(0)
  })

  test.each(foreign)('reads, writes, locks, copies, changes and takes over nothing of $name (42501)', async (relation) => {
    const attempts = Object.entries(attemptsOn(relation)).map(([what, statement]): [string, string] => [
      `${relation.name} ${what}`,
      statement,
    ])
    expect(await notRefused(sql, attempts)).toEqual([])
  })

  test('reads and writes no table that another schema hides, were its schema open as well (42501)', async () => {
    const found: string[] = []
    await superuser.unsafe('begin')
    try {
      await superuser.unsafe(`grant usage on schema private to ${role}`)
      await superuser.unsafe(`set local session authorization ${role}`)
      for (const relation of tables) {
        for (const what of ['select', 'insert', 'update', 'delete', 'truncate'] as const) {
          await superuser.unsafe('savepoint attempt')
          const state = await sqlstate(superuser.unsafe(attemptsOn(relation)[what] ?? ''))
          if (state !== '42501') found.push(`${relation.name} ${what}: ${state}`)
          await superuser.unsafe('rollback to savepoint attempt')
        }
      }
    } finally {
      await superuser.unsafe('rollback')
    }
    expect(found).toEqual([])
  })

  test('runs the listed functions and no other (42501), nor were their schema open to it', async () => {
    const ours = callables.filter((fn) => !fn.extension)
    expect(ours.length).toBeGreaterThanOrEqual(200)
    const ran = new Set<string>()
    for (const fn of ours) if ((await sqlstate(sql.unsafe(fn.call))) !== '42501') ran.add(fn.name)
    expect([...ran].sort()).toEqual([...runs].sort())

    await superuser.unsafe('begin')
    try {
      await superuser.unsafe(`grant usage on schema private to ${role}`)
      await superuser.unsafe(`set local session authorization ${role}`)
      for (const fn of ours.filter((given) => !runs.includes(given.name))) {
        await superuser.unsafe('savepoint attempt')
        if ((await sqlstate(superuser.unsafe(fn.call))) !== '42501') ran.add(`${fn.name} in an open schema`)
        await superuser.unsafe('rollback to savepoint attempt')
      }
    } finally {
      await superuser.unsafe('rollback')
    }
    expect([...ran].sort()).toEqual([...runs].sort())
  })

  test('finds in our schemas besides them only functions of extensions, which read no table', async () => {
    const rows = await superuser<{ name: string; extension: string }[]>`
      select distinct e.extname as extension from pg_proc as p join pg_depend as d on d.objid = p.oid and d.classid = 'pg_proc'::regclass and d.deptype = 'e'
        join pg_extension as e on e.oid = d.refobjid
       where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace) order by 1`
    expect(rows.map((row) => row.extension)).toEqual(['btree_gist', 'cube'])
  })

  test('control: a right that it is given is noticed', async () => {
    await superuser.unsafe(`grant select (id) on public.trips to ${role}; grant execute on function public.get_me_rpc(jsonb) to ${role}`)
    expect(await notRefused(sql, [['trips', 'select id from public.trips']])).toEqual(['trips: 00000'])
    await superuser.unsafe(`revoke select (id) on public.trips from ${role}`)
    expect(await notRefused(sql, [['trips', 'select id from public.trips']])).toEqual([])
  })
})
