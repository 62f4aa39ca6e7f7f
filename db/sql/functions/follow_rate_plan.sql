-- What: lets whatever an older version of a plan priced be priced by a new version: cars, classes, the fleet.
-- Who: create_rate_plan, for an owner or manager of the fleet. Runs as fleetflow_sys, which alone may write them.
-- Locks: the cars in ascending order, then the classes, then the fleet.
create or replace function private.follow_rate_plan(plan public.rate_plans) returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_older uuid[] := array(
    select p.id from public.rate_plans as p
     where p.fleet_id = (follow_rate_plan.plan).fleet_id and p.name = (follow_rate_plan.plan).name and p.id <> (follow_rate_plan.plan).id);
  v_cars uuid[] := array(
    select c.id from public.cars as c where c.fleet_id = (follow_rate_plan.plan).fleet_id and c.rate_plan_id = any (v_older));
begin
  perform private.lock_cars(v_cars);
  update public.cars as c set rate_plan_id = (follow_rate_plan.plan).id where c.id = any (v_cars) and c.rate_plan_id = any (v_older);
  update public.car_classes as cc set rate_plan_id = (follow_rate_plan.plan).id
   where cc.fleet_id = (follow_rate_plan.plan).fleet_id and cc.rate_plan_id = any (v_older);
  update public.fleets as f set rate_plan_id = (follow_rate_plan.plan).id
   where f.id = (follow_rate_plan.plan).fleet_id and f.rate_plan_id = any (v_older);
end
$$;

comment on function private.follow_rate_plan(public.rate_plans) is 'Lets what an older version priced be priced by a new one.';
alter function private.follow_rate_plan(public.rate_plans) owner to fleetflow_sys;
revoke all on function private.follow_rate_plan(public.rate_plans) from public;
grant execute on function private.follow_rate_plan(public.rate_plans) to fleetflow_fn;
