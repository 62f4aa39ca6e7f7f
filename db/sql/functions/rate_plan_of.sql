-- What: the rate plan that prices a car: its own, else its class's, else its fleet's; NULL where there is none.
-- Who: functions that price a car that the caller sees. Runs as fleetflow_sys: what a car costs does not depend on who asks.
create or replace function private.rate_plan_of(car public.cars) returns public.rate_plans
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_plan public.rate_plans;
begin
  select p.* into v_plan
    from public.fleets as f
    join public.car_classes as cc on cc.id = (rate_plan_of.car).car_class_id
    join public.rate_plans as p on p.id = coalesce((rate_plan_of.car).rate_plan_id, cc.rate_plan_id, f.rate_plan_id)
   where f.id = (rate_plan_of.car).fleet_id;
  return v_plan;
end
$$;

comment on function private.rate_plan_of(public.cars) is 'The rate plan that prices a car.';
alter function private.rate_plan_of(public.cars) owner to fleetflow_sys;
revoke all on function private.rate_plan_of(public.cars) from public;
grant execute on function private.rate_plan_of(public.cars) to fleetflow_fn, fleetflow_sys;
