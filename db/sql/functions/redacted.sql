-- What: a stored trip or review without what a person wrote, where they wanted to be and what they were called.
-- Who: erase_person, and guard_log, which lets nothing else happen to an event.
create or replace function private.redacted(doc jsonb) returns jsonb
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select redacted.doc || coalesce((
    select jsonb_object_agg(d.key, case d.key when 'author' then to_jsonb('Erased user'::text) else 'null' end)
      from jsonb_each(redacted.doc) as d
     where d.key = any ('{note,cancelReason,cancel_reason,comment,author,near_lat_microdegrees,near_lng_microdegrees,near_metres}')), '{}')
$$;

comment on function private.redacted(jsonb) is 'A stored trip or review without its person.';
revoke all on function private.redacted(jsonb) from public;
grant execute on function private.redacted(jsonb) to fleetflow_sys;
