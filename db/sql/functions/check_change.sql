-- What: refuses a change of a rental's period that breaks a rule of the car's fleet. Only what changes is judged: hours, notice and horizon of a
--   start that moves, hours of an end that moves, the minimum if it gets shorter, the maximum if it gets longer; never the quota.
-- Who: functions that move a rental, after the car's lock. `was` is its period so far; owners and managers (`manages`) are not bound.
-- Raises: OUTSIDE_HOURS (field, nearest), TOO_SHORT and TOO_LONG (limit in minutes, nearest), TOO_SOON (earliest), TOO_FAR (latest).
create or replace function private.check_change(
  car public.cars, purpose text, starts timestamptz, ends timestamptz, manages boolean, was tstzrange
) returns void
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  perform private.refuse_period(private.rule_fault(check_change.car, null, check_change.purpose, check_change.starts, check_change.ends,
    check_change.manages, check_change.was));
end
$$;

comment on function private.check_change(public.cars, text, timestamptz, timestamptz, boolean, tstzrange) is
  'Refuses a change of a rental''s period that breaks a rule of the car''s fleet.';
revoke all on function private.check_change(public.cars, text, timestamptz, timestamptz, boolean, tstzrange) from public;
grant execute on function private.check_change(public.cars, text, timestamptz, timestamptz, boolean, tstzrange) to fleetflow_fn;
