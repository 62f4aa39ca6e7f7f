-- What: the trips that keep a car from taking a period, in order: those whose blocked range meets the one that it would block.
--   Holds and requests whose time is over are left out; a trip that should have ended counts until the car could be turned around.
-- Who: functions that plan, for a fleet that the caller manages. Runs as fleetflow_sys.
create or replace function private.trips_in_the_way(car public.cars, starts timestamptz, ends timestamptz) returns setof public.trips
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select t.*
    from public.trips as t
   cross join private.blocked_range(trips_in_the_way.starts, trips_in_the_way.ends, (trips_in_the_way.car).prep_minutes,
           (trips_in_the_way.car).turnaround_minutes, (trips_in_the_way.car).back_to_back) as wanted
   where t.car_id = (trips_in_the_way.car).id
     and t.status in ('held', 'requested', 'confirmed', 'active', 'completed')
     and not (t.status = 'held' and t.hold_expires_at <= now()) and not (t.status = 'requested' and t.respond_by <= now())
     and (t.blocked && wanted or (t.status = 'active' and t.trip_end_date < now()
       and tstzrange(lower(t.blocked), greatest(upper(t.blocked), now() + make_interval(mins => t.turnaround_minutes)), '[]') && wanted))
   order by t.trip_start_date
$$;

comment on function private.trips_in_the_way(public.cars, timestamptz, timestamptz) is 'The trips that keep a car from taking a period.';
alter function private.trips_in_the_way(public.cars, timestamptz, timestamptz) owner to fleetflow_sys;
revoke all on function private.trips_in_the_way(public.cars, timestamptz, timestamptz) from public;
