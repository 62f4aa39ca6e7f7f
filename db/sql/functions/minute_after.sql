-- What: the first instant of a range that a person would name: its bound where that belongs to it, else the next whole minute.
-- Who: windows, next starts. NULL where the range ends before.
create or replace function private.minute_after(during tstzrange) returns timestamptz
  language plpgsql immutable strict parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_first timestamptz := lower(during);
begin
  if not lower_inc(during) then
    v_first := date_trunc('minute', v_first, 'UTC') + interval '1 minute';
  end if;
  return case when v_first <@ during then v_first end;
end
$$;

comment on function private.minute_after(tstzrange) is 'The first instant of a range that a person would name.';
revoke all on function private.minute_after(tstzrange) from public;
grant execute on function private.minute_after(tstzrange) to fleetflow_fn, fleetflow_sys;
