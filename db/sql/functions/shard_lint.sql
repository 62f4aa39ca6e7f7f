-- What: where the schema could not be distributed as `placement` declares it; no rows means it could.
--   Rules: every key of a sharded table holds its shard column as a key column (an INCLUDE column does not count), exclusion
--   constraints compare it with `=`, foreign keys pair shard columns and never set null, nothing is deferrable, triggers write
--   only tables of the same group, identity columns are bigint, and every table is declared.
-- Who: maintenance and the suite, as fleetflow_sys.
create or replace function private.shard_lint() returns table (rule text, object text)
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  with tables as (
    select c.oid, n.nspname || '.' || c.relname as name, p.kind, p.shard_column, coalesce(p.colocated_with, p.name) as shard_group, a.attnum as shard_attnum,
           a.attnotnull
      from pg_class as c
      join pg_namespace as n on n.oid = c.relnamespace
      left join public.placement as p on p.name = n.nspname || '.' || c.relname
      left join pg_attribute as a on a.attrelid = c.oid and a.attname = p.shard_column and not a.attisdropped
     where n.nspname in ('public', 'private', 'issuer') and c.relkind in ('r', 'p')
  ), shards as (
    select * from tables where kind = 'shard'
  ), keys as (
    select t.name, t.shard_attnum, i.indexrelid::regclass::text as object, i.indisunique, i.indisexclusion,
           (i.indkey::smallint[])[0:i.indnkeyatts - 1] as key_columns, c.conkey, c.conexclop
      from shards as t
      join pg_index as i on i.indrelid = t.oid
      left join pg_constraint as c on c.conindid = i.indexrelid and c.conrelid = t.oid and c.contype = 'x'
  ), foreign_keys as (
    select c.conname, c.condeferrable, c.confdeltype, c.confupdtype, c.conkey, c.confkey, t.name as from_name, t.kind as from_kind,
           t.shard_attnum as from_attnum, t.shard_group as from_group, r.kind as to_kind, r.shard_attnum as to_attnum, r.shard_group as to_group
      from pg_constraint as c join tables as t on t.oid = c.conrelid join tables as r on r.oid = c.confrelid
     where c.contype = 'f'
  )
  select 'every table is declared in placement', t.name from tables as t where t.kind is null
  union all
  select 'placement names a table that exists', p.name from public.placement as p where p.name not in (select t.name from tables as t)
  union all
  select 'the shard column exists and is not null', t.name from shards as t where t.shard_attnum is null or not t.attnotnull
  union all
  select 'unique keys hold the shard column', k.object from keys as k
   where k.indisunique and not k.indisexclusion and k.shard_attnum <> all (k.key_columns)
  union all
  select 'exclusion constraints compare the shard column with =', k.object from keys as k
   where k.indisexclusion and not exists (
     select from unnest(k.conkey, k.conexclop) as e (attnum, operator) join pg_operator as o on o.oid = e.operator
      where e.attnum = k.shard_attnum and o.oprname = '=')
  union all
  select 'foreign keys between sharded tables pair the shard columns', f.conname from foreign_keys as f
   where f.from_kind = 'shard' and f.to_kind = 'shard' and (f.from_group <> f.to_group or not exists (
     select from unnest(f.conkey, f.confkey) as pair (here, there) where pair.here = f.from_attnum and pair.there = f.to_attnum))
  union all
  select 'foreign keys of sharded tables cascade or restrict', f.conname from foreign_keys as f
   where f.from_kind = 'shard' and (f.confdeltype in ('n', 'd') or f.confupdtype in ('n', 'd'))
  union all
  select 'foreign keys point to a reference table or to the same group', f.conname from foreign_keys as f
   where f.to_kind = 'local' and f.from_kind <> 'local' or f.to_kind = 'shard' and f.from_kind <> 'shard'
  union all
  select 'nothing is deferrable', c.conname from pg_constraint as c join tables as t on t.oid = c.conrelid where c.condeferrable
  union all
  select 'triggers write only tables of the same group', g.tgname || ' on ' || t.name || ' writes ' || w.target[1]
    from shards as t
    join pg_trigger as g on g.tgrelid = t.oid and not g.tgisinternal
    join pg_proc as p on p.oid = g.tgfoid
    cross join lateral regexp_matches(p.prosrc, '(?:update|insert\s+into|delete\s+from|merge\s+into)\s+(?:only\s+)?([a-z_]+\.[a-z_]+)', 'gi') as w (target)
   where not exists (select from shards as s where s.name = lower(w.target[1]) and s.shard_group = t.shard_group)
  union all
  select 'identity columns are bigint', t.name || '.' || a.attname
    from tables as t join pg_attribute as a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
   where a.attidentity <> '' and a.atttypid <> 'int8'::regtype
  order by 1, 2
$$;

comment on function private.shard_lint() is 'Where the schema could not be distributed as placement declares it.';
alter function private.shard_lint() owner to fleetflow_sys;
revoke all on function private.shard_lint() from public;
