-- What: the other cars of a car's class that are free for a trip, best fit first: the least time left over between the trips before and
--   after it, so that long free windows stay whole.
-- Who: plan_block. Runs as fleetflow_sys; reads without locks.
create or replace function private.best_cars(car public.cars, starts timestamptz, ends timestamptz) returns setof public.cars
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select c.*
    from public.cars as c
    left join lateral (
      select upper(t.blocked) as at from public.trips as t
       where t.car_id = c.id and t.trip_start_date < best_cars.starts and t.status in ('held', 'requested', 'confirmed', 'active', 'completed')
       order by t.trip_start_date desc, t.id desc limit 1) as before on true
    left join lateral (
      select lower(t.blocked) as at from public.trips as t
       where t.car_id = c.id and t.trip_start_date >= best_cars.starts and t.status in ('held', 'requested', 'confirmed', 'active', 'completed')
       order by t.trip_start_date, t.id limit 1) as after on true
   where c.fleet_id = (best_cars.car).fleet_id and c.car_class_id = (best_cars.car).car_class_id
     and c.id <> (best_cars.car).id and c.retired_at is null
     and private.is_free(c, best_cars.starts, best_cars.ends)
   order by coalesce(best_cars.starts - before.at, interval '100 years') + coalesce(after.at - best_cars.ends, interval '100 years'), c.id
$$;

comment on function private.best_cars(public.cars, timestamptz, timestamptz) is 'The cars of a class that are free for a trip, best fit first.';
alter function private.best_cars(public.cars, timestamptz, timestamptz) owner to fleetflow_sys;
revoke all on function private.best_cars(public.cars, timestamptz, timestamptz) from public;
