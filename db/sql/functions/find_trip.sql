-- What: locks the car of a trip, then the trip, and hands the trip out as it is then. `other_cars`, where the trip may go or whose trips
--   go with it, are locked in the same ascending pass.
-- Who: functions that change a trip, under the caller's policies. A trip's members who may only look get FORBIDDEN.
-- Raises: NOT_FOUND (absent, or hidden), FORBIDDEN, VERSION_MISMATCH (version); 40001 where the trip was moved to yet another car meanwhile.
-- Locks: the cars, then the trip.
create or replace function private.find_trip(trip_id uuid, version integer, other_cars uuid[] default '{}') returns public.trips
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_car_id uuid;
  v_trip public.trips;
begin
  select t.car_id into v_car_id from public.trips as t where t.id = find_trip.trip_id;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'id');
  end if;
  perform private.lock_cars(find_trip.other_cars || v_car_id);
  select t.* into v_trip
    from public.trips as t
   where t.car_id = v_car_id and t.id = find_trip.trip_id
     for no key update;
  if not found then
    if not exists (select from public.trips as t where t.car_id = v_car_id and t.id = find_trip.trip_id) then
      perform private.try_again();
    end if;
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if v_trip.version <> find_trip.version then
    raise exception using errcode = 'FF412', message = 'VERSION_MISMATCH', detail = jsonb_build_object('version', v_trip.version);
  end if;
  return v_trip;
end
$$;

comment on function private.find_trip(uuid, integer, uuid[]) is 'Locks a trip that is about to change.';
revoke all on function private.find_trip(uuid, integer, uuid[]) from public;
grant execute on function private.find_trip(uuid, integer, uuid[]) to fleetflow_fn;
