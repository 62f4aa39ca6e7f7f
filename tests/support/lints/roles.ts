// Lints over roles, schemas and rights: who may be whom, and who may do anything at all.
import { everyFunction, inOurSchemas, type Lint, ourTables, query } from './lint.ts'

const ours = `'fleetflow_owner', 'fleetflow_fn', 'fleetflow_sys', 'fleetflow_api', 'fleetflow_auth'`
const nobodys = `'fleetflow_api', 'fleetflow_auth'`
const grantee = `case a.grantee when 0 then 'PUBLIC' else pg_get_userbyid(a.grantee) end`

export const roleLints: Lint[] = [
  {
    guarantee: 'our roles are no superusers, bypass no row level security, make nothing, and only those that log in log in',
    least: 4,
    examine: query(`
      select rolname as object, nullif(concat_ws(', ', case when rolsuper then 'superuser' end, case when rolbypassrls then 'bypasses row level security' end,
               case when rolcreaterole then 'makes roles' end, case when rolcreatedb then 'makes databases' end, case when rolreplication then 'replicates' end,
               case when rolcanlogin <> (rolname in (${nobodys})) then 'logs in or not' end,
               case when rolinherit <> (rolname = 'fleetflow_owner') then 'inherits or not' end), '') as fault
        from pg_roles where rolname like 'fleetflow%'`),
    breaks: [
      { does: 'a role that bypasses', sql: 'alter role fleetflow_fn bypassrls', reports: 'fleetflow_fn' },
      { does: 'a function role that logs in', sql: 'alter role fleetflow_sys login', reports: 'fleetflow_sys' },
      { does: 'an API that inherits', sql: 'alter role fleetflow_api inherit', reports: 'fleetflow_api' },
    ],
  },
  {
    guarantee: 'roles that log in are members of nothing, and only the owner can become a function role',
    least: 4,
    examine: query(`
      select r.rolname as object, (select string_agg('can be ' || o.rolname, ', ') from pg_roles as o
               where o.oid <> r.oid and pg_has_role(r.oid, o.oid, 'MEMBER')
                 and not (r.rolname = 'fleetflow_owner' and o.rolname in ('fleetflow_fn', 'fleetflow_sys'))) as fault
        from pg_roles as r where r.rolname in (${ours})`),
    breaks: [
      { does: 'an API that can be an owner', sql: 'grant fleetflow_owner to fleetflow_api', reports: 'fleetflow_api' },
      { does: 'an API that reads the server', sql: 'grant pg_read_all_data to fleetflow_api', reports: 'fleetflow_api' },
      { does: 'functions that can see everything', sql: 'grant fleetflow_sys to fleetflow_fn', reports: 'fleetflow_fn' },
    ],
  },
  {
    guarantee: 'a role that logs in owns nothing',
    least: 1,
    examine: query(`
      select r.rolname as object, (select 'owns ' || string_agg(pg_describe_object(d.classid, d.objid, d.objsubid), ', ') from pg_shdepend as d
               where d.refobjid = r.oid and d.deptype = 'o' and d.dbid = (select oid from pg_database where datname = current_database())) as fault
        from pg_roles as r where r.rolname in (${nobodys})`),
    breaks: [{ does: 'a function of the API role', sql: 'alter function private.uid() owner to fleetflow_api', reports: 'fleetflow_api' }],
  },
  {
    guarantee: 'nobody creates objects: not in a schema, no schema, no temporary table; function roles only while a migration runs',
    least: 6,
    examine: query(`
      select r.rolname || ' in ' || n.nspname as object, case when has_schema_privilege(r.oid, n.oid, 'CREATE') then 'may create' end as fault
        from pg_roles as r cross join pg_namespace as n where r.rolname in (${ours}) and r.rolname <> 'fleetflow_owner' and ${inOurSchemas}
      union all
      select r.rolname, 'may create schemas or temporary tables' from pg_roles as r
       where r.rolname in (${ours}) and r.rolname <> 'fleetflow_owner' and has_database_privilege(r.oid, current_database(), 'CREATE, TEMPORARY')`),
    breaks: [
      { does: 'functions in public', sql: 'grant create on schema public to fleetflow_fn', reports: 'fleetflow_fn in public' },
      { does: 'everybody in public', sql: 'grant create on schema public to public', reports: 'fleetflow_api in public' },
      {
        does: 'temporary tables',
        sql: `do $$ begin execute format('grant temporary on database %I to public', current_database()); end $$`,
        reports: 'fleetflow_api',
      },
    ],
  },
  {
    guarantee: 'the schemas are these, and the API looks only into public',
    least: 2,
    examine: query(`
      select n.nspname as object,
             case when n.nspname not in ('public', 'private', 'issuer') then 'is new'
                  when n.nspname <> 'public' and has_schema_privilege('fleetflow_api', n.oid, 'USAGE') then 'is open to the API' end as fault
        from pg_namespace as n where ${inOurSchemas}`),
    breaks: [
      { does: 'a schema that nobody thought of', sql: 'create schema made', reports: 'made' },
      { does: 'helpers within reach', sql: 'grant usage on schema private to fleetflow_api', reports: 'private' },
    ],
  },
  {
    guarantee: 'no table, sequence or column is granted to PUBLIC, to a login role or to a stranger',
    least: 20,
    examine: query(`
      with rights as (
        select n.nspname, n.nspname || '.' || c.relname as object, c.relacl as acl, c.relkind from ${ourTables} where c.relkind in ('r', 'p', 'S', 'v', 'm', 'f')
        union all
        select n.nspname, n.nspname || '.' || c.relname || '.' || k.attname, k.attacl, c.relkind
          from ${ourTables} join pg_attribute as k on k.attrelid = c.oid where k.attacl is not null)
      select r.object, (select string_agg(distinct ${grantee} || ' has ' || a.privilege_type, ', ') from aclexplode(r.acl) as a
               where ${grantee} not in ('fleetflow_owner', 'fleetflow_fn', 'fleetflow_sys') and not (r.nspname = 'issuer' and ${grantee} = 'fleetflow_auth')) as fault
        from rights as r`),
    breaks: [
      { does: 'a table for the API', sql: 'grant select on public.trip_transitions to fleetflow_api', reports: 'public.trip_transitions' },
      { does: 'a column for the API', sql: 'grant select (name) on public.users to fleetflow_api', reports: 'public.users.name' },
      { does: 'a table for everybody', sql: 'grant select on public.placement to public', reports: 'public.placement' },
    ],
  },
  {
    guarantee:
      "what is created next is nobody else's: functions of fleetflow_owner are not for PUBLIC, and no default grants anything of it",
    least: 1,
    examine: query(`
      select 'fleetflow_owner' as object, case when not exists (
               select from pg_default_acl as d where d.defaclrole = 'fleetflow_owner'::regrole and d.defaclnamespace = 0 and d.defaclobjtype = 'f'
                  and not exists (select from aclexplode(d.defaclacl) as a where a.grantee = 0)) then 'leaves new functions to PUBLIC' end as fault
      union all
      select 'fleetflow_owner', 'grants new objects to ' || ${grantee}
        from pg_default_acl as d cross join lateral aclexplode(d.defaclacl) as a
       where d.defaclrole = 'fleetflow_owner'::regrole and a.grantee <> 'fleetflow_owner'::regrole`),
    breaks: [
      {
        does: 'the global form gone',
        sql: 'alter default privileges for role fleetflow_owner grant execute on functions to public',
        reports: 'fleetflow_owner',
      },
      {
        does: 'a default in a schema',
        sql: 'alter default privileges for role fleetflow_owner in schema public grant select on tables to fleetflow_api',
        reports: 'fleetflow_owner',
      },
    ],
  },
  {
    guarantee: "the API role runs nothing but functions of people and of the server's loops, all of them in public",
    least: 200,
    examine: everyFunction(({ schema, owner, definer, grantees }) =>
      grantees.includes('fleetflow_api') && !(schema === 'public' && owner === 'fleetflow_fn' && definer)
        ? 'is executable by fleetflow_api'
        : null,
    ),
    breaks: [
      {
        does: 'a helper for the API',
        sql: 'grant execute on function private.lock_cars(uuid[]) to fleetflow_api',
        reports: 'private.lock_cars',
      },
      { does: 'an invoker for the API', sql: 'alter function public.get_me_rpc(jsonb) security invoker', reports: 'public.get_me_rpc' },
    ],
  },
  {
    guarantee: 'the extensions are these: none gives functions that read files or call other servers',
    least: 3,
    examine: query(
      `select extname as object, case when extname not in ('plpgsql', 'btree_gist', 'cube') then 'is new' end as fault from pg_extension`,
    ),
    breaks: [{ does: 'another extension', sql: 'create extension pg_trgm', reports: 'pg_trgm' }],
  },
  {
    guarantee: 'no event trigger, publication, foreign server or large object is there',
    least: 0,
    examine: query(`
      select evtname as object, 'is an event trigger' as fault from pg_event_trigger
      union all select pubname, 'is a publication' from pg_publication
      union all select srvname, 'is a foreign server' from pg_foreign_server
      union all select oid::text, 'is a large object' from pg_largeobject_metadata`),
    breaks: [
      { does: 'a publication', sql: 'create publication made for table public.trips', reports: 'made' },
      { does: 'a large object', sql: 'select lo_create(424242)', reports: '424242' },
    ],
  },
]
