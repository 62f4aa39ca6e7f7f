-- What: a car, for somebody who runs its fleet. Nothing is locked yet.
-- Who: functions that change a car, for owners and managers of its fleet, under the caller's policies.
-- Raises: NOT_FOUND (field id: absent, hidden, or another fleet's), FORBIDDEN (drivers, administrators).
create or replace function private.managed_car(car_id uuid) returns public.cars
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_car public.cars;
begin
  select c.* into v_car from public.cars as c where c.id = managed_car.car_id;
  if v_car.fleet_id in (select private.my_fleets('{owner,manager}')) then
    return v_car;
  end if;
  if v_car.fleet_id in (select private.my_fleets()) or v_car.id is not null and private.is_admin() then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'id');
end
$$;

comment on function private.managed_car(uuid) is 'A car for somebody who runs its fleet.';
revoke all on function private.managed_car(uuid) from public;
grant execute on function private.managed_car(uuid) to fleetflow_fn;
