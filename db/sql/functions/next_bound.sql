-- What: the first lower bound of another occupying trip that a trip would meet if it kept its car until `until`; NULL when there is none.
-- Who: functions that grow a trip, under the car's lock. Runs as fleetflow_sys: the next trip is somebody else's.
create or replace function private.next_bound(trip public.trips, until timestamptz) returns timestamptz
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select min(lower(x.blocked))
    from public.trips as x
   where x.car_id = (next_bound.trip).car_id and x.id <> (next_bound.trip).id
     and x.blocked && tstzrange(lower((next_bound.trip).blocked), next_bound.until, '[]')
     and x.status in ('held', 'requested', 'confirmed', 'active', 'completed')
$$;

comment on function private.next_bound(public.trips, timestamptz) is 'Where a trip that grows meets the next one.';
alter function private.next_bound(public.trips, timestamptz) owner to fleetflow_sys;
revoke all on function private.next_bound(public.trips, timestamptz) from public;
grant execute on function private.next_bound(public.trips, timestamptz) to fleetflow_fn, fleetflow_sys;
