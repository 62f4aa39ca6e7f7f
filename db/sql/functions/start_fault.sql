-- What: which rule of a fleet the start of a rental would break, as {"code", "detail"}, with the nearest start that would not; NULL for none.
--   A start that stays what it was is not judged again.
-- Who: rule_fault.
create or replace function private.start_fault(fleet public.fleets, time_zone text, starts timestamptz, was tstzrange) returns jsonb
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_soonest timestamptz := now() + make_interval(mins => (start_fault.fleet).notice_minutes);
  v_earliest timestamptz := date_trunc('minute', v_soonest) + interval '1 minute';
  v_latest timestamptz;
begin
  if start_fault.starts = lower(start_fault.was) then
    return null;
  end if;
  if start_fault.starts < v_soonest then
    return jsonb_build_object('code', 'TOO_SOON', 'detail', jsonb_build_object('field', 'startDate', 'earliest', private.iso(coalesce(
      private.nearest_open((start_fault.fleet).id, start_fault.time_zone, v_earliest, v_earliest, 'infinity'), v_earliest))));
  end if;
  v_latest := private.instant_of(
    now() at time zone start_fault.time_zone + make_interval(days => (start_fault.fleet).horizon_days), start_fault.time_zone);
  if start_fault.starts > v_latest then
    v_latest := date_trunc('minute', v_latest);
    return jsonb_build_object('code', 'TOO_FAR', 'detail', jsonb_build_object('field', 'startDate', 'latest', private.iso(coalesce(
      private.nearest_open((start_fault.fleet).id, start_fault.time_zone, v_latest, v_earliest, v_latest), v_latest))));
  end if;
  if not tstzrange(start_fault.starts, start_fault.starts, '[]')
         <@ private.hours_within((start_fault.fleet).opening_hours, (start_fault.fleet).closed_days, start_fault.time_zone, tstzrange(start_fault.starts, start_fault.starts, '[]')) then
    return jsonb_build_object('code', 'OUTSIDE_HOURS', 'detail', jsonb_build_object('field', 'startDate', 'nearest', private.iso(
      private.nearest_open((start_fault.fleet).id, start_fault.time_zone, start_fault.starts, v_earliest, coalesce(v_latest, 'infinity')))));
  end if;
  return null;
end
$$;

comment on function private.start_fault(public.fleets, text, timestamptz, tstzrange) is 'Which rule of a fleet the start of a rental would break.';
revoke all on function private.start_fault(public.fleets, text, timestamptz, tstzrange) from public;
grant execute on function private.start_fault(public.fleets, text, timestamptz, tstzrange) to fleetflow_fn, fleetflow_sys;
