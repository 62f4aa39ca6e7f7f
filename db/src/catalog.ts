// What a database's schema is, as text by name: everything that protects the data, written alike by PostgreSQL 15 to 18.
import type postgres from 'postgres'

/** Descriptions by name, for example `constraint public.trips.prevent_overlap` -> `EXCLUDE USING gist (...)`. */
export type Catalog = Record<string, string>

// Objects of extensions and of other owners are not ours to judge; triggers, policies and constraints on our tables always are.
const ours = `'fleetflow_owner', 'fleetflow_fn', 'fleetflow_sys', 'fleetflow_api', 'fleetflow_auth'`
const schemas = `n.nspname in ('public', 'private', 'issuer')`
const tables = `pg_class as c join pg_namespace as n on n.oid = c.relnamespace and ${schemas} and pg_get_userbyid(c.relowner) in (${ours})`

/** `fleetflow_fn=SELECT,INSERT`: what others than the owner hold. The owner's own rights differ between versions and protect nothing. */
const grants = (acl: string, owner: string): string => `(
  select string_agg(g.grantee || '=' || g.privileges, ' ' order by g.grantee)
    from (select case when a.grantee = 0 then 'public' else pg_get_userbyid(a.grantee) end as grantee,
                 string_agg(a.privilege_type || case when a.is_grantable then '*' else '' end, ',' order by a.privilege_type) as privileges
            from aclexplode(${acl}) as a where a.grantee <> ${owner} group by a.grantee) as g)`

const queries = {
  role: `
    select r.rolname as name, format('superuser %s, bypassrls %s, createrole %s, createdb %s, replication %s, member of %s',
             r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolcreatedb, r.rolreplication,
             coalesce((select string_agg(distinct pg_get_userbyid(m.roleid), ',') from pg_auth_members as m where m.member = r.oid), 'none')) as is
      from pg_roles as r where r.rolname in (${ours})`,
  extension: `
    select e.extname as name, 'in ' || e.extnamespace::regnamespace as is from pg_extension as e where e.extname = 'btree_gist'`,
  schema: `
    select n.nspname as name, coalesce((
             select string_agg(g.grantee || '=' || g.privileges, ' ' order by g.grantee)
               from (select pg_get_userbyid(a.grantee) as grantee, string_agg(a.privilege_type, ',' order by a.privilege_type) as privileges
                       from aclexplode(n.nspacl) as a
                      where pg_get_userbyid(a.grantee) in ('fleetflow_fn', 'fleetflow_sys', 'fleetflow_api', 'fleetflow_auth')
                      group by a.grantee) as g), 'none') as is
      from pg_namespace as n
     where ${schemas}`,
  table: `
    select n.nspname || '.' || c.relname as name,
           format('kind %s, owner %s, row security %s, forced %s, grants %s', c.relkind, pg_get_userbyid(c.relowner), c.relrowsecurity,
                  c.relforcerowsecurity, coalesce(${grants('c.relacl', 'c.relowner')}, 'none')) as is
      from ${tables} where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')`,
  column: `
    select n.nspname || '.' || c.relname || '.' || a.attname as name,
           concat_ws(', ', format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end,
             nullif(concat(case when a.attgenerated <> '' then 'generated ' end, case when a.attidentity <> '' then 'identity ' end,
               'default ' || pg_get_expr(d.adbin, d.adrelid)), ''),
             'grants ' || ${grants('a.attacl', 'c.relowner')}) as is
      from ${tables} join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      left join pg_attrdef as d on d.adrelid = c.oid and d.adnum = a.attnum
     where c.relkind in ('r', 'p', 'v', 'm', 'f')`,
  constraint: `
    select n.nspname || '.' || c.relname || '.' || k.conname as name,
           pg_get_constraintdef(k.oid) || case when k.convalidated then '' else ' (not valid)' end as is
      from ${tables} join pg_constraint as k on k.conrelid = c.oid
     where k.contype in ('c', 'f', 'p', 'u', 'x')`,
  index: `
    select n.nspname || '.' || i.relname as name,
           pg_get_indexdef(i.oid) || case when x.indisvalid and x.indisready then '' else ' (not valid)' end as is
      from ${tables} join pg_index as x on x.indrelid = c.oid join pg_class as i on i.oid = x.indexrelid`,
  function: `
    select n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' as name,
           concat_ws(', ', 'md5 ' || md5(p.prosrc || coalesce(pg_get_function_arguments(p.oid), '')), 'returns ' || pg_get_function_result(p.oid),
             (select l.lanname from pg_language as l where l.oid = p.prolang),
             case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
             case p.proparallel when 's' then 'parallel safe' end, case when p.proisstrict then 'strict' end,
             case when p.proleakproof then 'leakproof' end, case when p.prosecdef then 'security definer' end,
             'owner ' || pg_get_userbyid(p.proowner), array_to_string(p.proconfig, '; '),
             'grants ' || coalesce(${grants(`coalesce(p.proacl, acldefault('f', p.proowner))`, 'p.proowner')}, 'none')) as is
      from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace and ${schemas}
     where pg_get_userbyid(p.proowner) in (${ours})
       and not exists (select from pg_depend as d where d.objid = p.oid and d.classid = 'pg_proc'::regclass and d.deptype = 'e')`,
  trigger: `
    select n.nspname || '.' || c.relname || '.' || case when t.tgisinternal then k.conname || ' (foreign key)' else t.tgname end as name,
           string_agg(case when t.tgisinternal then '' else pg_get_triggerdef(t.oid) || ' ' end
             || case t.tgenabled when 'O' then 'enabled' when 'D' then 'disabled' else 'enabled ' || t.tgenabled::text end, '; ' order by t.tgtype) as is
      from ${tables} join pg_trigger as t on t.tgrelid = c.oid left join pg_constraint as k on k.oid = t.tgconstraint
     group by 1`,
  policy: `
    select n.nspname || '.' || c.relname || '.' || p.polname as name,
           concat_ws(', ', case when p.polpermissive then 'permissive' else 'restrictive' end, 'for ' || p.polcmd::text,
             'to ' || (select string_agg(case when r = 0 then 'public' else pg_get_userbyid(r) end, ',' order by r) from unnest(p.polroles) as r),
             'using ' || pg_get_expr(p.polqual, p.polrelid), 'check ' || pg_get_expr(p.polwithcheck, p.polrelid)) as is
      from ${tables} join pg_policy as p on p.polrelid = c.oid`,
  rule: `
    select n.nspname || '.' || c.relname || '.' || r.rulename as name, md5(pg_get_ruledef(r.oid)) as is
      from ${tables} join pg_rewrite as r on r.ev_class = c.oid`,
} as const

/** The schema as it is now. Errors: PostgreSQL's own. */
export async function readCatalog(sql: postgres.Sql): Promise<Catalog> {
  const found: Catalog = {}
  await sql.begin(async (tx) => {
    // Names are written in full when nothing but pg_catalog is searched.
    await tx`set local search_path = pg_catalog`
    for (const [kind, query] of Object.entries(queries)) {
      const rows = await tx.unsafe<{ name: string; is: string }[]>(`${query} order by 1`)
      for (const { name, is } of rows) found[`${kind} ${name}`] = is.replace(/\s+/g, ' ')
    }
  })
  return found
}

export interface CatalogDifference {
  /** For example `constraint public.trips.prevent_overlap`. */
  object: string
  is: string | null
  shouldBe: string | null
}

/** What is missing, different or too much, by name. */
export function compareCatalogs(actual: Catalog, expected: Catalog): CatalogDifference[] {
  return [...new Set([...Object.keys(expected), ...Object.keys(actual)])]
    .filter((object) => actual[object] !== expected[object])
    .sort()
    .map((object) => ({ object, is: actual[object] ?? null, shouldBe: expected[object] ?? null }))
}
