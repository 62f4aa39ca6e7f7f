-- What: hands the car over, from 30 minutes before the start. An early start takes the car from now on, or is refused; a car that another trip
--   has not brought back cannot be handed over.
-- Who: perform, for start_trip_rpc. Input: id, version, odometer, fuel.
-- Raises: NOT_FOUND, FORBIDDEN, VERSION_MISMATCH (version), INVALID_STATE (from, operation, allowed), TOO_SOON (earliest), BAD_INPUT,
--   ODOMETER_LOW (odometer), TRIP_OVERLAP (conflicts, nextFree), DRIVER_BUSY (windows). Locks: the car, the trip, then the driver.
create or replace function private.start_trip(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips := private.find_trip((input ->> 'id')::uuid, (input ->> 'version')::integer);
  v_earliest timestamptz := v_trip.trip_start_date - interval '30 minutes';
begin
  if v_trip.status <> 'confirmed' then
    perform private.refuse_trip(v_trip, 'start');
  end if;
  if now() < v_earliest then
    raise exception using errcode = 'FF101', message = 'TOO_SOON', detail = jsonb_build_object('earliest', private.iso(v_earliest));
  end if;
  perform private.lock_users(array[v_trip.driver_id]);
  perform private.check_readings(input);
  perform private.record_odometer(v_trip.car_id, (input ->> 'odometer')::integer);
  perform private.extend_overdue(v_trip.car_id);
  begin
    update public.trips as t
       set status = 'active', started_at = now(), at_risk = false,
           odometer_start = (input ->> 'odometer')::integer, fuel_start = (input ->> 'fuel')::integer,
           blocked = tstzrange(least(lower(t.blocked), now()), upper(t.blocked), case when upper_inc(t.blocked) then '[]' else '[)' end)
     where t.car_id = v_trip.car_id and t.id = v_trip.id;
  exception when exclusion_violation or unique_violation then
    perform private.refuse_overlap(v_trip.car_id, least(now(), v_trip.trip_start_date), v_trip.trip_end_date,
      0, v_trip.turnaround_minutes, v_trip.back_to_back, v_trip.id);
  end;
  select t.* into v_trip from public.trips as t where t.car_id = v_trip.car_id and t.id = v_trip.id;
  perform private.assign_driver(v_trip);
  return private.trip_json(v_trip);
end
$$;

comment on function private.start_trip(uuid, jsonb) is 'Hands the car of a trip over.';
revoke all on function private.start_trip(uuid, jsonb) from public;
grant execute on function private.start_trip(uuid, jsonb) to fleetflow_fn;
