-- What: takes the car back. An early return frees it at once (after its turnaround); a late one takes it until it could be turned around, at
--   most up to the next trip, which is then at risk. Distance, fuel and lateness are charged as lines of their own.
-- Who: perform, for complete_trip_rpc. Input: id, version, odometer, fuel.
-- Raises: NOT_FOUND, FORBIDDEN, VERSION_MISMATCH (version), INVALID_STATE (from, operation, allowed), BAD_INPUT, ODOMETER_LOW (odometer),
--   DRIVER_BUSY (windows). Locks: the car, the trip, then the driver.
create or replace function private.complete_trip(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips := private.find_trip((input ->> 'id')::uuid, (input ->> 'version')::integer);
  v_odometer integer := (input ->> 'odometer')::integer;
  v_fuel integer := (input ->> 'fuel')::integer;
  v_until timestamptz := greatest(now() + make_interval(mins => v_trip.turnaround_minutes), lower(v_trip.blocked) + interval '1 microsecond');
  v_next timestamptz;
  v_adjusted jsonb;
begin
  if v_trip.status <> 'active' then
    perform private.refuse_trip(v_trip, 'complete');
  end if;
  perform private.lock_users(array[v_trip.driver_id]);
  perform private.check_readings(input);
  perform private.record_odometer(v_trip.car_id, v_odometer, v_trip.odometer_start);
  v_next := private.next_bound(v_trip, v_until);
  v_adjusted := private.adjustment_lines(v_trip, now(), v_trip.odometer_start, v_odometer, v_trip.fuel_start, v_fuel);
  update public.trips as t
     set status = 'completed', returned_at = now(), odometer_end = v_odometer, fuel_end = v_fuel,
         blocked = private.kept_until(v_trip, v_until, v_next), cut = coalesce(v_next <= v_until, false),
         pricing = coalesce(nullif(v_adjusted -> 'pricing', 'null'), t.pricing)
   where t.car_id = v_trip.car_id and t.id = v_trip.id;
  perform private.add_lines(v_trip.car_id, v_trip.id, v_adjusted -> 'lines');
  perform private.refresh_risk(v_trip.car_id);
  select t.* into v_trip from public.trips as t where t.car_id = v_trip.car_id and t.id = v_trip.id;
  perform private.assign_driver(v_trip);
  return private.trip_json(v_trip);
end
$$;

comment on function private.complete_trip(uuid, jsonb) is 'Takes the car of a trip back.';
revoke all on function private.complete_trip(uuid, jsonb) from public;
grant execute on function private.complete_trip(uuid, jsonb) to fleetflow_fn;
