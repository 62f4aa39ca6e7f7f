-- What: whether a trip may be moved to another car of its class to make room: booked as any car of the class (not pinned), confirmed,
--   and more than 2 hours before its start.
-- Who: functions that book a class.
create or replace function private.may_be_moved(trip public.trips) returns boolean
  language sql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select not (may_be_moved.trip).pinned and (may_be_moved.trip).status = 'confirmed'
     and (may_be_moved.trip).trip_start_date >= now() + interval '2 hours'
$$;

comment on function private.may_be_moved(public.trips) is 'Whether a trip may be moved to another car of its class.';
revoke all on function private.may_be_moved(public.trips) from public;
grant execute on function private.may_be_moved(public.trips) to fleetflow_fn, fleetflow_sys;
