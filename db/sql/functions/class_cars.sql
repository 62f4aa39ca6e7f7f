-- What: the cars that may stand in for each other in a class, unretired and priced: all of them, or those near the place that is asked for.
--   `tariff` is the same for cars that cost the same: their rate plan and time zone. `instant` says that the caller books the car
--   without being asked for: `manages` the fleet, or a car that is booked instantly.
-- Who: functions that book a class. Input: lat and lng (microdegrees) and radius (metres), or none of them.
--   Runs as fleetflow_sys, after the class was found under the caller's policies.
create or replace function private.class_cars(car_class public.car_classes, manages boolean, input jsonb)
  returns table (car public.cars, tariff text, instant boolean)
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select c, coalesce(c.rate_plan_id, (class_cars.car_class).rate_plan_id, f.rate_plan_id)::text || ' ' || c.time_zone,
         c.instant_booking or class_cars.manages
    from public.cars as c
    join public.fleets as f on f.id = c.fleet_id
   where c.fleet_id = (class_cars.car_class).fleet_id and c.car_class_id = (class_cars.car_class).id and c.retired_at is null
     and coalesce(c.rate_plan_id, (class_cars.car_class).rate_plan_id, f.rate_plan_id) is not null
     and (input ->> 'lat' is null
       or private.metres_between(c.lat_microdegrees, c.lng_microdegrees, (input ->> 'lat')::integer, (input ->> 'lng')::integer)
          <= (input ->> 'radius')::integer)
$$;

comment on function private.class_cars(public.car_classes, boolean, jsonb) is 'The cars that may stand in for each other in a class.';
alter function private.class_cars(public.car_classes, boolean, jsonb) owner to fleetflow_sys;
revoke all on function private.class_cars(public.car_classes, boolean, jsonb) from public;
grant execute on function private.class_cars(public.car_classes, boolean, jsonb) to fleetflow_fn;
