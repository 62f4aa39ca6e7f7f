-- What: when a trip of this car could be: a trip fits where its start and its end lie in one of the ranges, preparation and turnaround
--   included already. Where bounds are closed a range ends before the instant that another trip has.
-- Who: windows, next_starts.
create or replace function private.free_ranges(car public.cars, during tstzrange, renter uuid default null, except_ids uuid[] default '{}')
  returns tstzmultirange
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_prep interval := make_interval(mins => car.prep_minutes);
  v_turnaround interval := make_interval(mins => car.turnaround_minutes);
begin
  return tstzmultirange(free_ranges.during) - coalesce((
    select range_agg(tstzrange(lower(b) - v_turnaround, upper(b) + v_prep,
             case when car.back_to_back then '(' else '[' end || case when upper_inc(b) then ']' else ')' end))
      from private.busy_ranges(car.id, tstzrange(lower(free_ranges.during) - v_prep, upper(free_ranges.during) + v_turnaround, '[]'),
        free_ranges.renter, free_ranges.except_ids) as b), '{}');
end
$$;

comment on function private.free_ranges(public.cars, tstzrange, uuid, uuid[]) is 'When a trip of a car could be.';
revoke all on function private.free_ranges(public.cars, tstzrange, uuid, uuid[]) from public;
grant execute on function private.free_ranges(public.cars, tstzrange, uuid, uuid[]) to fleetflow_fn, fleetflow_sys;
