-- What: adds a car to a fleet. What is not said is as cars usually are: the fleet's time zone, no buffers, instantly bookable.
-- Who: perform, for create_car_rpc: owners and managers of the fleet. Input: fleet, car (carClass, name and what else a car has).
-- Raises: NOT_FOUND (field fleet or carClass), FORBIDDEN, BAD_INPUT (field).
create or replace function private.create_car(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid := private.managed_fleet(input ->> 'fleet');
  v_given jsonb := input -> 'car';
  v_fault text := coalesce(private.car_fault(v_given), case when v_given ->> 'name' is null then 'name' when v_given ->> 'carClass' is null then 'carClass' end);
  v_class public.car_classes;
  v_car public.cars;
begin
  if v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', v_fault);
  end if;
  v_class := private.find_class(v_fleet::text, v_given ->> 'carClass');
  insert into public.cars as c (id, fleet_id, car_class_id, name, seats, lat_microdegrees, lng_microdegrees, time_zone, prep_minutes,
    turnaround_minutes, back_to_back, instant_booking, odometer, external_id)
  select private.uuid_v7(), v_fleet, v_class.id, btrim(v_given ->> 'name', E' \t\n\r'), (v_given ->> 'seats')::integer,
         (v_given ->> 'lat')::integer, (v_given ->> 'lng')::integer, coalesce(v_given ->> 'timeZone', f.time_zone),
         coalesce((v_given ->> 'prepMinutes')::integer, 0), coalesce((v_given ->> 'turnaroundMinutes')::integer, 0),
         coalesce((v_given ->> 'backToBack')::boolean, false), coalesce((v_given ->> 'instantBooking')::boolean, true),
         (v_given ->> 'odometer')::integer, v_given ->> 'externalId'
    from public.fleets as f where f.id = v_fleet
  returning c.* into v_car;
  return private.car_json(v_car);
end
$$;

comment on function private.create_car(uuid, jsonb) is 'Adds a car to a fleet.';
revoke all on function private.create_car(uuid, jsonb) from public;
grant execute on function private.create_car(uuid, jsonb) to fleetflow_fn;
