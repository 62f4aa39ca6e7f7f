-- What: the first whole minute of a range.
-- Who: next_starts. NULL where the range ends before.
create or replace function private.minute_after(during tstzrange) returns timestamptz
  language plpgsql immutable strict parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_first timestamptz := date_trunc('minute', lower(during));
begin
  if not v_first <@ during then
    v_first := v_first + interval '1 minute';
  end if;
  return case when v_first <@ during then v_first end;
end
$$;

comment on function private.minute_after(tstzrange) is 'The first whole minute of a range.';
revoke all on function private.minute_after(tstzrange) from public;
grant execute on function private.minute_after(tstzrange) to fleetflow_fn, fleetflow_sys;
