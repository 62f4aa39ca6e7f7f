-- What: which rule of a fleet the length or the end of a rental would break, as {"code", "detail"}, with the nearest end that would not; NULL for none.
--   Of a trip that is changed the minimum counts only if it gets shorter, the maximum only if it gets longer, the hours only if its end moves.
-- Who: rule_fault. Minutes as end_after counts them.
create or replace function private.end_fault(fleet public.fleets, time_zone text, starts timestamptz, ends timestamptz, was tstzrange) returns jsonb
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_change interval := (end_fault.ends - end_fault.starts) - (upper(end_fault.was) - lower(end_fault.was));
  v_first timestamptz := coalesce(private.end_after(end_fault.starts, (end_fault.fleet).min_minutes, end_fault.time_zone),
                                  end_fault.starts + interval '1 minute');
  v_last timestamptz := least(private.end_after(end_fault.starts, (end_fault.fleet).max_minutes, end_fault.time_zone),
                              end_fault.starts + make_interval(hours => 24 * 366));
  v_code text;
  v_limit integer;
begin
  if (end_fault.fleet).min_minutes is not null and end_fault.ends < v_first and (v_change is null or v_change < interval '0') then
    v_code := 'TOO_SHORT';
    v_limit := (end_fault.fleet).min_minutes;
  elsif (end_fault.fleet).max_minutes is not null and end_fault.ends > v_last and (v_change is null or v_change > interval '0') then
    v_code := 'TOO_LONG';
    v_limit := (end_fault.fleet).max_minutes;
  elsif end_fault.ends is distinct from upper(end_fault.was) and not tstzrange(end_fault.ends, end_fault.ends, '[]')
          <@ private.hours_within((end_fault.fleet).opening_hours, (end_fault.fleet).closed_days, end_fault.time_zone, tstzrange(end_fault.ends, end_fault.ends, '[]')) then
    v_code := 'OUTSIDE_HOURS';
  else
    return null;
  end if;
  return jsonb_build_object('code', v_code, 'detail', jsonb_strip_nulls(jsonb_build_object('field', 'endDate', 'limit', v_limit))
    || jsonb_build_object('nearest', private.iso(private.nearest_open((end_fault.fleet).id, end_fault.time_zone, end_fault.ends, v_first, v_last))));
end
$$;

comment on function private.end_fault(public.fleets, text, timestamptz, timestamptz, tstzrange) is
  'Which rule of a fleet the length or the end of a rental would break.';
revoke all on function private.end_fault(public.fleets, text, timestamptz, timestamptz, tstzrange) from public;
grant execute on function private.end_fault(public.fleets, text, timestamptz, timestamptz, tstzrange) to fleetflow_fn, fleetflow_sys;
