-- What: writes which plan prices a car, a class (by id) or, with neither, whatever else a fleet has. NULL takes the plan away.
-- Who: assign_rate_plan, for an owner or manager of the fleet. Runs as fleetflow_sys, which alone may write cars, classes and fleets.
-- Locks: the car, the class or the fleet.
create or replace function private.put_rate_plan(fleet_id uuid, rate_plan_id uuid, car_id uuid, car_class_id uuid) returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if put_rate_plan.car_id is not null then
    perform private.lock_cars(array[put_rate_plan.car_id]);
    update public.cars as c set rate_plan_id = put_rate_plan.rate_plan_id
     where c.id = put_rate_plan.car_id and c.fleet_id = put_rate_plan.fleet_id;
  elsif put_rate_plan.car_class_id is not null then
    update public.car_classes as cc set rate_plan_id = put_rate_plan.rate_plan_id
     where cc.id = put_rate_plan.car_class_id and cc.fleet_id = put_rate_plan.fleet_id;
  else
    update public.fleets as f set rate_plan_id = put_rate_plan.rate_plan_id where f.id = put_rate_plan.fleet_id;
  end if;
end
$$;

comment on function private.put_rate_plan(uuid, uuid, uuid, uuid) is 'Writes which plan prices a car, a class or a fleet.';
alter function private.put_rate_plan(uuid, uuid, uuid, uuid) owner to fleetflow_sys;
revoke all on function private.put_rate_plan(uuid, uuid, uuid, uuid) from public;
grant execute on function private.put_rate_plan(uuid, uuid, uuid, uuid) to fleetflow_fn;
