-- What: an event as a list of { field, from, to }: of a thing that was made all that it has (from null), of one that is gone all that it
--   had (to null), else what differs. What only follows (overdue, updatedAt, version) is left out.
-- Who: trip_history.
create or replace function private.changes_of(was jsonb, after jsonb) returns jsonb
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select coalesce(jsonb_agg(jsonb_build_object('field', f.field, 'from', changes_of.was -> f.field, 'to', changes_of.after -> f.field)
           order by f.field), '[]')
    from (select jsonb_object_keys(coalesce(changes_of.was, changes_of.after)) as field) as f
   where f.field <> all ('{overdue,updatedAt,version}')
     and coalesce(changes_of.was -> f.field, 'null') is distinct from coalesce(changes_of.after -> f.field, 'null')
$$;

comment on function private.changes_of(jsonb, jsonb) is 'An event as a list of what changed.';
revoke all on function private.changes_of(jsonb, jsonb) from public;
grant execute on function private.changes_of(jsonb, jsonb) to fleetflow_sys;
