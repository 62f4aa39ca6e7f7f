-- What: lets two trips of a fleet change cars, in one transaction and with no moment at which either car looks free. Prices stay.
-- Who: perform, for swap_trips_rpc. Input: id, otherId, version, otherVersion.
-- Raises: NOT_FOUND (field id or otherId), FORBIDDEN, VERSION_MISMATCH (version; field id or otherId), INVALID_STATE (from, operation, allowed),
--   BAD_INPUT (field otherId; reason SAME_TRIP, SAME_CAR, OTHER_FLEET, CAR_RETIRED), TRIP_OVERLAP (conflicts, nextFree), DRIVER_BUSY.
-- Locks: both cars ascending, then the drivers, then the trips.
create or replace function private.swap_trips(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_ids constant uuid[] := array[(input ->> 'id')::uuid, (input ->> 'otherId')::uuid];
  v_versions constant integer[] := array[(input ->> 'version')::integer, (input ->> 'otherVersion')::integer];
  v_fields constant text[] := array['id', 'otherId'];
  v_cars uuid[] := '{}';
  v_trips public.trips[] := '{}';
  v_trip public.trips;
  v_fault text;
begin
  if v_ids[1] = v_ids[2] then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'otherId', 'reason', 'SAME_TRIP');
  end if;
  for i in 1 .. 2 loop
    select t.* into v_trip from public.trips as t where t.id = v_ids[i];
    if not found then
      raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', v_fields[i]);
    end if;
    v_cars := v_cars || v_trip.car_id;
    v_trips := v_trips || v_trip;
  end loop;
  if exists (select from unnest(v_trips) as t where t.fleet_id not in (select private.my_fleets('{owner,manager}'))) then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;

  perform private.lock_cars(v_cars);
  for i in 1 .. 2 loop
    select t.* into v_trip from public.trips as t where t.car_id = v_cars[i] and t.id = v_ids[i];
    if not found then
      perform private.try_again();
    end if;
    if v_trip.version <> v_versions[i] then
      raise exception using errcode = 'FF412', message = 'VERSION_MISMATCH',
        detail = jsonb_build_object('field', v_fields[i], 'version', v_trip.version);
    end if;
    if v_trip.status <> 'confirmed' then
      perform private.refuse_trip(v_trip, 'swap');
    end if;
    v_trips[i] := v_trip;
  end loop;
  v_fault := case when v_cars[1] = v_cars[2] then 'SAME_CAR' when v_trips[1].fleet_id <> v_trips[2].fleet_id then 'OTHER_FLEET'
    when exists (select from public.cars as c where c.id = any (v_cars) and c.retired_at is not null) then 'CAR_RETIRED'
    when exists (select from public.cars as c where c.id = any (v_cars) and c.fleet_id <> v_trips[1].fleet_id) then 'OTHER_FLEET' end;
  if v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'otherId', 'reason', v_fault);
  end if;

  perform private.move_trips(jsonb_build_array(
    jsonb_build_object('tripId', v_ids[1], 'carId', v_cars[2]), jsonb_build_object('tripId', v_ids[2], 'carId', v_cars[1])));
  return (select jsonb_build_object('trips', jsonb_agg(private.trip_json(t) order by array_position(v_ids, t.id)))
            from public.trips as t where t.id = any (v_ids) and t.car_id = any (v_cars));
end
$$;

comment on function private.swap_trips(uuid, jsonb) is 'Lets two trips change cars.';
revoke all on function private.swap_trips(uuid, jsonb) from public;
grant execute on function private.swap_trips(uuid, jsonb) to fleetflow_fn;
