-- What: the reason of an operation without the space around it; NULL where there is none.
-- Who: functions that cancel or decline. Raises: BAD_INPUT (field reason), above 1,000 characters.
create or replace function private.reason_of(input jsonb) returns text
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_reason text := nullif(btrim(input ->> 'reason', E' \t\n\r'), '');
begin
  if length(v_reason) > 1000 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'reason');
  end if;
  return v_reason;
end
$$;

comment on function private.reason_of(jsonb) is 'The reason of an operation.';
revoke all on function private.reason_of(jsonb) from public;
grant execute on function private.reason_of(jsonb) to fleetflow_fn;
