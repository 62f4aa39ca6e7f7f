// Invariants of the whole schema, read from PostgreSQL's catalog; each first says how much it looked at.
import { functions, services } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'

describe('catalog', async () => {
  const db = await openTestDatabase()

  /** Our own functions: those of extensions are left out. */
  const ourFunctions = await db.admin<
    {
      name: string
      schema: string
      owner: string
      definer: boolean
      config: string[] | null
      source: string
      acl: string[]
      trigger: boolean
    }[]
  >`
    select p.oid::regprocedure::text as name, n.nspname as schema, pg_get_userbyid(p.proowner) as owner, p.prosecdef as definer,
           p.proconfig as config, p.prosrc as source, p.prorettype = 'trigger'::regtype as trigger,
           array(select case a.grantee when 0 then 'PUBLIC' else pg_get_userbyid(a.grantee) end
                   from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a order by 1)::text[] as acl
      from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
     where n.nspname in ('public', 'private')
       and not exists (select from pg_depend as d where d.objid = p.oid and d.classid = 'pg_proc'::regclass and d.deptype = 'e')`
  const ourTables = await db.admin<{ name: string; enabled: boolean; forced: boolean; owner: string }[]>`
    select c.oid::regclass::text as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced, pg_get_userbyid(c.relowner) as owner
      from pg_class as c where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace) and c.relkind in ('r', 'p')`

  test('looks at every table and function', () => {
    expect(ourTables).toHaveLength(21)
    expect(ourFunctions.length).toBeGreaterThanOrEqual(38)
  })

  test('row level security is enabled and forced on every table, and each belongs to fleetflow_owner', () => {
    expect(ourTables.filter((t) => !t.enabled || !t.forced || t.owner !== 'fleetflow_owner')).toEqual([])
  })

  test('every function pins its search path with pg_temp last', () => {
    expect(ourFunctions.filter((f) => !f.config?.includes('search_path=pg_catalog, public, pg_temp')).map((f) => f.name)).toEqual([])
  })

  test('no function is executable by PUBLIC or by a role that is not ours', () => {
    const ours = ['fleetflow_owner', 'fleetflow_fn', 'fleetflow_sys', 'fleetflow_api']
    expect(ourFunctions.flatMap((f) => f.acl.filter((grantee) => !ours.includes(grantee)).map((g) => `${f.name} ${g}`))).toEqual([])
  })

  test('definers run as fleetflow_fn where people enter and as fleetflow_sys in helpers, never as an owner of tables', () => {
    const definers = ourFunctions.filter((f) => f.definer)
    expect(definers.length).toBeGreaterThanOrEqual(20)
    expect(definers.filter((f) => f.owner !== (f.schema === 'public' ? 'fleetflow_fn' : 'fleetflow_sys')).map((f) => f.name)).toEqual([])
  })

  test('every entry function recognises its actor first', () => {
    const ofLoops = Object.keys(services).map((name) => `${name}(integer)`)
    const entries = ourFunctions.filter((f) => f.schema === 'public' && !ofLoops.includes(f.name))
    expect(entries).toHaveLength(Object.keys(functions).length)
    expect(entries.filter((f) => !/^\s*declare\s+v_actor uuid := private\.enter\(/.test(f.source)).map((f) => f.name)).toEqual([])
  })

  test('the API role can execute exactly the listed functions, with the listed signatures', async () => {
    const rows = await db.admin<{ name: string; parameters: Record<string, string> }[]>`
      select p.proname as name, jsonb_object_agg(a.name, replace(format_type(a.type, null), 'timestamp with time zone', 'timestamptz')) as parameters
        from pg_proc as p cross join lateral unnest(p.proargnames, p.proargtypes::oid[]) with ordinality as a (name, type, place)
       where has_function_privilege('fleetflow_api', p.oid, 'EXECUTE') and p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
         and not exists (select from pg_depend as d where d.objid = p.oid and d.classid = 'pg_proc'::regclass and d.deptype = 'e')
       group by p.oid, p.proname`
    expect(Object.fromEntries(rows.map((r) => [r.name, r.parameters]))).toEqual({ ...functions, ...services })
  })

  test('the API role can read, write and create nothing', async () => {
    const rows = await db.admin<{ right: string }[]>`
      select c.oid::regclass::text || ' ' || p as right
        from pg_class as c cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) as p
       where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace) and c.relkind in ('r', 'p', 'v', 'm')
         and has_any_column_privilege('fleetflow_api', c.oid, p)
      union all select 'usage of private' where has_schema_privilege('fleetflow_api', 'private', 'USAGE')
      union all select 'create in public' where has_schema_privilege('fleetflow_api', 'public', 'CREATE')
      union all select 'temporary tables' where has_database_privilege('fleetflow_api', current_database(), 'TEMPORARY')
      union all select 'become ' || r from unnest(array['fleetflow_owner', 'fleetflow_fn', 'fleetflow_sys']) as r
       where pg_has_role('fleetflow_api', r, 'MEMBER')`
    expect(rows.map((r) => r.right)).toEqual([])
  })

  test('function owners cannot create objects outside a migration', async () => {
    const rows = await db.admin<{ role: string }[]>`
      select r || ' in ' || s as role from unnest(array['fleetflow_fn', 'fleetflow_sys']) as r, unnest(array['public', 'private']) as s
       where has_schema_privilege(r, s, 'CREATE')`
    expect(rows).toEqual([])
  })

  test('our roles are what they should be, and none bypasses row level security', async () => {
    const rows = await db.admin`select rolname, rolcanlogin, rolinherit, rolbypassrls, rolsuper, rolcreaterole, rolcreatedb
                                  from pg_roles where rolname like 'fleetflow%' order by rolname`
    const plain = { rolbypassrls: false, rolsuper: false, rolcreaterole: false, rolcreatedb: false }
    expect([...rows]).toEqual([
      { rolname: 'fleetflow_api', rolcanlogin: true, rolinherit: false, ...plain },
      { rolname: 'fleetflow_fn', rolcanlogin: false, rolinherit: false, ...plain },
      { rolname: 'fleetflow_owner', rolcanlogin: false, rolinherit: true, ...plain },
      { rolname: 'fleetflow_sys', rolcanlogin: false, rolinherit: false, ...plain },
    ])
  })

  test('every policy names its roles and reads the identity once a statement, not once a row', async () => {
    const rows = await db.admin<{ name: string; roles: string[]; expression: string }[]>`
      select tablename || '.' || policyname as name, roles::text[] as roles, coalesce(qual, '') || coalesce(with_check, '') as expression
        from pg_policies where schemaname in ('public', 'private')`
    expect(rows.length).toBeGreaterThanOrEqual(24)
    expect(rows.filter((p) => p.roles.includes('public')).map((p) => p.name)).toEqual([])
    const perRow = /(?<!SELECT )private\.(uid|is_admin|my_fleets)\(/
    expect(rows.filter((p) => perRow.test(p.expression)).map((p) => p.name)).toEqual([])
  })

  test('every foreign key is indexed, except to rows that are never deleted', async () => {
    const rows = await db.admin<{ name: string; indexed: boolean }[]>`
      select c.conname as name, exists (
               select from pg_index as i
                where i.indrelid = c.conrelid and i.indpred is null
                  and (select array_agg(k order by k) from unnest((i.indkey::smallint[])[0:cardinality(c.conkey) - 1]) as k)
                    = (select array_agg(k order by k) from unnest(c.conkey) as k)) as indexed
        from pg_constraint as c where c.contype = 'f' and c.connamespace = 'public'::regnamespace`
    expect(rows.length).toBeGreaterThanOrEqual(18)
    // Rate plans are immutable and never deleted: a past price can always be computed again.
    const neverDeleted = ['trips_rate_plan_id_fkey', 'quotes_rate_plan_id_fkey']
    // Partial: most trips name no driver.
    const partial = ['trips_driver_id_fkey']
    expect(rows.filter((r) => !r.indexed).map((r) => r.name)).toEqual([...neverDeleted, ...partial])
  })

  test('no column is a float, a naive timestamp or a free numeric', async () => {
    const rows = await db.admin<{ name: string; type: string }[]>`
      select a.attrelid::regclass || '.' || a.attname as name, format_type(a.atttypid, a.atttypmod) as type
        from pg_attribute as a join pg_class as c on c.oid = a.attrelid
       where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace) and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped`
    expect(rows.length).toBeGreaterThan(100)
    const suspicious = rows.filter((c) => /^(real|double precision|numeric|money|timestamp without|time |json$)/.test(c.type))
    // Derived from two integers by the database itself.
    expect(suspicious).toEqual([{ name: 'cars.avg_rating', type: 'numeric' }])
  })

  test('no view, no dynamic SQL, no setting that outlives its transaction, no disabled trigger', async () => {
    const views =
      await db.admin`select oid::regclass::text from pg_class where relnamespace in ('public'::regnamespace, 'private'::regnamespace) and relkind in ('v', 'm')`
    expect([...views]).toEqual([])
    const plain = ourFunctions.map((f) => ({ name: f.name, source: f.source.replace(/--.*$/gm, '') }))
    expect(plain.filter((f) => /\bexecute\b/i.test(f.source)).map((f) => f.name)).toEqual([])
    expect(plain.filter((f) => /set_config\([^)]*,\s*false\)/i.test(f.source)).map((f) => f.name)).toEqual([])
    const triggers = await db.admin<{ enabled: string }[]>`select tgenabled as enabled from pg_trigger where not tgisinternal`
    expect(triggers.length).toBeGreaterThanOrEqual(6)
    expect(new Set(triggers.map((t) => t.enabled))).toEqual(new Set(['O']))
  })

  test('prevent_overlap is the constraint it should be', async () => {
    const [row] = await db.admin<
      { definition: string }[]
    >`select pg_get_constraintdef(oid) as definition from pg_constraint where conname = 'prevent_overlap'`
    expect(row?.definition.replaceAll("'::text", "'")).toBe(
      "EXCLUDE USING gist (car_id WITH =, blocked WITH &&) WHERE ((status = ANY (ARRAY['held', 'requested', 'confirmed', 'active', 'completed'])))",
    )
  })
})
