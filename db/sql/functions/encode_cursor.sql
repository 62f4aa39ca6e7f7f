-- What: the opaque cursor that continues a list after the row with this instant and id.
-- Who: list functions.
create or replace function private.encode_cursor(instant timestamptz, id uuid) returns text
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select (extract(epoch from encode_cursor.instant) * 1000000)::bigint || '.' || encode_cursor.id
$$;

comment on function private.encode_cursor(timestamptz, uuid) is 'The cursor that continues a list after a row.';
revoke all on function private.encode_cursor(timestamptz, uuid) from public;
grant execute on function private.encode_cursor(timestamptz, uuid) to fleetflow_fn;
