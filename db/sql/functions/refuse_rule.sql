-- What: refuses what a rule of the fleet forbids, given as rule_fault answers it; does nothing for NULL.
-- Who: check_rules, create_trip_series.
-- Raises: OUTSIDE_HOURS (field, nearest), TOO_SHORT and TOO_LONG (limit in minutes, nearest), TOO_SOON (earliest), TOO_FAR (latest),
--   QUOTA_EXCEEDED (limit).
create or replace function private.refuse_rule(fault jsonb) returns void
  language plpgsql immutable
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if fault ->> 'code' = 'QUOTA_EXCEEDED' then
    raise exception using errcode = 'FF108', message = 'QUOTA_EXCEEDED', detail = fault -> 'detail';
  end if;
  perform private.refuse_period(refuse_rule.fault);
end
$$;

comment on function private.refuse_rule(jsonb) is 'Refuses what a rule of the fleet forbids.';
revoke all on function private.refuse_rule(jsonb) from public;
grant execute on function private.refuse_rule(jsonb) to fleetflow_fn, fleetflow_sys;
