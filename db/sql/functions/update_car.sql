-- What: changes what is known of a car. What is booked keeps what it was booked under: buffers and bounds are the trip's own, and a trip
--   that was booked as any car of a class stays on this car when the car changes its class.
-- Who: perform, for update_car_rpc: owners and managers of the fleet. Input: id, changes (without NULLs), cleared (what is NULL now).
-- Raises: NOT_FOUND (field id or carClass), FORBIDDEN, BAD_INPUT (field), ODOMETER_LOW (odometer, the last reading). Locks: the car.
create or replace function private.update_car(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_car public.cars := private.managed_car((input ->> 'id')::uuid);
  v_new jsonb := input -> 'changes';
  v_cleared text[] := array(select jsonb_array_elements_text(input -> 'cleared'));
  v_given jsonb := v_new || (select coalesce(jsonb_object_agg(c, null), '{}') from unnest(v_cleared) as c);
  v_fault text := private.car_fault(v_given);
  v_class uuid;
begin
  if v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', v_fault);
  end if;
  if v_new ? 'carClass' then
    v_class := (private.find_class(v_car.fleet_id::text, v_new ->> 'carClass')).id;
  end if;
  perform private.lock_cars(array[v_car.id]);
  v_car := private.managed_car(v_car.id);
  if v_class <> v_car.car_class_id then
    update public.trips as t set pinned = true
     where t.car_id = v_car.id and not t.pinned and t.status in ('held', 'requested', 'confirmed');
  end if;
  perform private.record_odometer(v_car.id, (v_new ->> 'odometer')::integer);
  update public.cars as c
     set car_class_id = coalesce(v_class, c.car_class_id),
         name = coalesce(btrim(v_new ->> 'name', E' \t\n\r'), c.name),
         seats = case when 'seats' <> all (v_cleared) then coalesce((v_new ->> 'seats')::integer, c.seats) end,
         lat_microdegrees = case when 'lat' <> all (v_cleared) then coalesce((v_new ->> 'lat')::integer, c.lat_microdegrees) end,
         lng_microdegrees = case when 'lng' <> all (v_cleared) then coalesce((v_new ->> 'lng')::integer, c.lng_microdegrees) end,
         time_zone = coalesce(v_new ->> 'timeZone', c.time_zone),
         prep_minutes = coalesce((v_new ->> 'prepMinutes')::integer, c.prep_minutes),
         turnaround_minutes = coalesce((v_new ->> 'turnaroundMinutes')::integer, c.turnaround_minutes),
         back_to_back = coalesce((v_new ->> 'backToBack')::boolean, c.back_to_back),
         instant_booking = coalesce((v_new ->> 'instantBooking')::boolean, c.instant_booking),
         odometer = case when 'odometer' <> all (v_cleared) then c.odometer end,
         external_id = case when 'externalId' <> all (v_cleared) then coalesce(v_new ->> 'externalId', c.external_id) end
   where c.id = v_car.id
  returning c.* into v_car;
  return private.car_json(v_car);
end
$$;

comment on function private.update_car(uuid, jsonb) is 'Changes what is known of a car.';
revoke all on function private.update_car(uuid, jsonb) from public;
grant execute on function private.update_car(uuid, jsonb) to fleetflow_fn;
