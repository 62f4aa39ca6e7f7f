// Takes privileges away from every role that is not ours: managed platforms grant new functions to roles of their own by default.
import type postgres from 'postgres'

const ours = ['fleetflow_owner', 'fleetflow_fn', 'fleetflow_sys', 'fleetflow_api', 'fleetflow_auth']

/** Revokes whatever roles other than ours (PUBLIC among them) hold on our tables and functions in `public`, `private` and `issuer`. */
export async function revokeStrangers(sql: postgres.Sql): Promise<void> {
  const rows = await sql<{ statement: string }[]>`
    with ours as (
      select p.oid::regprocedure::text as object, 'function' as kind, coalesce(p.proacl, acldefault('f', p.proowner)) as acl
        from pg_proc as p
       where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
         and pg_get_userbyid(p.proowner) = any (${ours})
      union all
      select c.oid::regclass::text, 'table', coalesce(c.relacl, acldefault('r', c.relowner))
        from pg_class as c
       where c.relnamespace in (select n.oid from pg_namespace as n where n.nspname in ('public', 'private', 'issuer')) and c.relkind in ('r', 'p', 'v', 'm')
         and pg_get_userbyid(c.relowner) = any (${ours})
    )
    select distinct format('revoke all on %s %s from %s cascade', o.kind, o.object,
                           case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end) as statement
      from ours as o, aclexplode(o.acl) as a
     where a.grantee = 0 or pg_get_userbyid(a.grantee) <> all (${ours})
     order by 1`
  for (const { statement } of rows) await sql.unsafe(statement)
}
