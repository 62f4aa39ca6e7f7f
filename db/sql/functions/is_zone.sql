-- What: whether PostgreSQL knows a time zone by this name, UTC or of the form Area/Place. Offsets and abbreviations are none: PostgreSQL
--   would read almost any text with a digit in it as one.
-- Who: functions that take a time zone from people.
create or replace function private.is_zone(name text) returns boolean
  language plpgsql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if is_zone.name is null or is_zone.name !~ '^(UTC|Etc/GMT[+-][0-9]{1,2}|[A-Z][A-Za-z]*(/[A-Z][A-Za-z_]*(-[A-Za-z_]+)*){1,2})$' then
    return false;
  end if;
  return 'epoch'::timestamptz at time zone is_zone.name is not null;
exception when invalid_parameter_value then
  return false;
end
$$;

comment on function private.is_zone(text) is 'Whether a time zone is known by this name.';
revoke all on function private.is_zone(text) from public;
grant execute on function private.is_zone(text) to fleetflow_fn, fleetflow_sys;
