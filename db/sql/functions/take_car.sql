-- What: locks a car that is about to be booked, makes its past true (overdue trips), and hands the car out as it is then:
--   it may have been retired or given other buffers while the caller waited.
-- Who: functions that book one car, under the caller's policies. Raises: NOT_FOUND (field carId). Locks: the car.
create or replace function private.take_car(car_id uuid) returns public.cars
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_car public.cars;
begin
  v_car := private.lock_car(take_car.car_id);
  perform private.extend_overdue(take_car.car_id);
  select c.* into v_car from public.cars as c where c.id = take_car.car_id and c.retired_at is null;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'carId');
  end if;
  return v_car;
end
$$;

comment on function private.take_car(uuid) is 'Locks a car that is about to be booked.';
revoke all on function private.take_car(uuid) from public;
grant execute on function private.take_car(uuid) to fleetflow_fn;
