-- What: the cars that may stand in for each other in a class: unretired, priced and, unless the caller
--   manages the fleet, bookable without being asked for. `tariff` is the same for cars that cost the same: their rate plan and time zone.
-- Who: functions that book a class. Runs as fleetflow_sys, after the class was found under the caller's policies.
create or replace function private.class_cars(car_class public.car_classes, manages boolean) returns table (car public.cars, tariff text)
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select c, coalesce(c.rate_plan_id, (class_cars.car_class).rate_plan_id, f.rate_plan_id)::text || ' ' || c.time_zone
    from public.cars as c
    join public.fleets as f on f.id = c.fleet_id
   where c.fleet_id = (class_cars.car_class).fleet_id and c.car_class_id = (class_cars.car_class).id
     and c.retired_at is null and (c.instant_booking or class_cars.manages)
     and coalesce(c.rate_plan_id, (class_cars.car_class).rate_plan_id, f.rate_plan_id) is not null
$$;

comment on function private.class_cars(public.car_classes, boolean) is 'The cars that may stand in for each other in a class.';
alter function private.class_cars(public.car_classes, boolean) owner to fleetflow_sys;
revoke all on function private.class_cars(public.car_classes, boolean) from public;
grant execute on function private.class_cars(public.car_classes, boolean) to fleetflow_fn;
