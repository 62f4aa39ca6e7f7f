-- What: makes a reading the car's last one; no reading changes nothing. An odometer does not run backwards: not below the car's last reading,
--   nor below `at_least`, the one at which the trip began.
-- Who: functions that start or complete a trip, under the car's lock. Runs as fleetflow_sys: a renter may not change a car.
-- Raises: ODOMETER_LOW (odometer, the last reading).
create or replace function private.record_odometer(car_id uuid, reading integer, at_least integer default null) returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_last integer;
begin
  if record_odometer.reading is null then
    return;
  end if;
  select greatest(c.odometer, record_odometer.at_least) into v_last from public.cars as c where c.id = record_odometer.car_id;
  if record_odometer.reading < v_last then
    raise exception using errcode = 'FF011', message = 'ODOMETER_LOW', detail = jsonb_build_object('field', 'odometer', 'odometer', v_last);
  end if;
  update public.cars as c set odometer = record_odometer.reading
   where c.id = record_odometer.car_id and c.odometer is distinct from record_odometer.reading;
end
$$;

comment on function private.record_odometer(uuid, integer, integer) is 'Makes a reading the car''s last one.';
alter function private.record_odometer(uuid, integer, integer) owner to fleetflow_sys;
revoke all on function private.record_odometer(uuid, integer, integer) from public;
grant execute on function private.record_odometer(uuid, integer, integer) to fleetflow_fn;
