-- What: refuses what a rule about periods forbids, given as rule_fault answers it; does nothing for NULL.
-- Who: refuse_rule, check_change.
-- Raises: OUTSIDE_HOURS (field, nearest), TOO_SHORT and TOO_LONG (limit in minutes, nearest), TOO_SOON (earliest), TOO_FAR (latest).
create or replace function private.refuse_period(fault jsonb) returns void
  language plpgsql immutable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_code text := fault ->> 'code';
  v_detail text := fault -> 'detail';
begin
  if v_code = 'OUTSIDE_HOURS' then
    raise exception using errcode = 'FF105', message = 'OUTSIDE_HOURS', detail = v_detail;
  elsif v_code = 'TOO_SHORT' then
    raise exception using errcode = 'FF107', message = 'TOO_SHORT', detail = v_detail;
  elsif v_code = 'TOO_LONG' then
    raise exception using errcode = 'FF102', message = 'TOO_LONG', detail = v_detail;
  elsif v_code = 'TOO_SOON' then
    raise exception using errcode = 'FF101', message = 'TOO_SOON', detail = v_detail;
  elsif v_code = 'TOO_FAR' then
    raise exception using errcode = 'FF106', message = 'TOO_FAR', detail = v_detail;
  end if;
end
$$;

comment on function private.refuse_period(jsonb) is 'Refuses what a rule about periods forbids.';
revoke all on function private.refuse_period(jsonb) from public;
grant execute on function private.refuse_period(jsonb) to fleetflow_fn, fleetflow_sys;
