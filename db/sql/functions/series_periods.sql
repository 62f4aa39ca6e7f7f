-- What: the occurrences of a series as instants: local times by the clock of the car's zone, also where clocks are changed in between. Times
--   that come twice are the first, times that are skipped are read as if the clocks had not been moved yet.
-- Who: create_trip_series, with the car as it is under its lock.
-- Raises: BAD_INPUT (field rrule, reason OCCURRENCES_OVERLAP), where an occurrence would be in the way of the next, buffers included.
create or replace function private.series_periods(car public.cars, local_starts timestamp[], minutes integer)
  returns table (starts timestamptz, ends timestamptz)
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_wall timestamp;
  v_before tstzrange;
  v_blocked tstzrange;
begin
  foreach v_wall in array series_periods.local_starts loop
    starts := private.instant_of(v_wall, (series_periods.car).time_zone);
    ends := private.instant_of(v_wall + make_interval(mins => series_periods.minutes), (series_periods.car).time_zone);
    v_blocked := private.blocked_range(starts, greatest(starts, ends),
      (series_periods.car).prep_minutes, (series_periods.car).turnaround_minutes, (series_periods.car).back_to_back);
    if v_blocked && v_before then
      raise exception using errcode = 'FF400', message = 'BAD_INPUT',
        detail = jsonb_build_object('field', 'rrule', 'reason', 'OCCURRENCES_OVERLAP');
    end if;
    v_before := v_blocked;
    return next;
  end loop;
end
$$;

comment on function private.series_periods(public.cars, timestamp[], integer) is 'The occurrences of a series as instants.';
revoke all on function private.series_periods(public.cars, timestamp[], integer) from public;
grant execute on function private.series_periods(public.cars, timestamp[], integer) to fleetflow_fn, fleetflow_sys;
