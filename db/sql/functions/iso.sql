-- What: an instant as ISO 8601 text in UTC, `2026-01-01T10:00:00.000Z`; six digits only where there are microseconds.
-- Who: everything that answers JSON.
create or replace function private.iso(instant timestamptz) returns text
  language plpgsql immutable parallel safe strict
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return replace(to_char(iso.instant at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '000Z', 'Z');
end
$$;

comment on function private.iso(timestamptz) is 'An instant as ISO 8601 text in UTC.';
revoke all on function private.iso(timestamptz) from public;
grant execute on function private.iso(timestamptz) to fleetflow_fn, fleetflow_sys;
