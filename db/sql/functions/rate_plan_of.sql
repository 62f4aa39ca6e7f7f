-- What: the rate plan that prices a car: its own, else its class's, else its fleet's; NULL where there is none.
-- Who: entry functions, under the caller's policies.
create or replace function private.rate_plan_of(car public.cars) returns public.rate_plans
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select p.*
    from public.fleets as f
    join public.car_classes as cc on cc.id = (rate_plan_of.car).car_class_id
    join public.rate_plans as p on p.id = coalesce((rate_plan_of.car).rate_plan_id, cc.rate_plan_id, f.rate_plan_id)
   where f.id = (rate_plan_of.car).fleet_id
$$;

comment on function private.rate_plan_of(public.cars) is 'The rate plan that prices a car.';
revoke all on function private.rate_plan_of(public.cars) from public;
grant execute on function private.rate_plan_of(public.cars) to fleetflow_fn, fleetflow_sys;
