-- What: the trips in the way of a block, each with the free car of the same class that fits it best, or none. The targets fit together:
--   two trips that would meet on one target, because it needs longer between trips, get different ones. Trips that have begun, other blocks
--   and trips of another fleet stay where they are.
-- Who: block_car, for a fleet that the caller manages. Runs as fleetflow_sys. Reads without locks: applying the plan checks again.
create or replace function private.plan_block(car public.cars, starts timestamptz, ends timestamptz) returns jsonb
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips;
  v_car public.cars;
  v_range tstzrange;
  v_targets jsonb := '{}';
  v_cars uuid[] := '{}';
  v_ranges tstzrange[] := '{}';
begin
  for v_trip in
    select t.* from private.trips_in_the_way(plan_block.car, plan_block.starts, plan_block.ends) as t
     where t.status in ('held', 'requested', 'confirmed') and t.purpose = 'rental' and t.fleet_id = (plan_block.car).fleet_id
  loop
    for v_car in select c.* from private.best_cars(plan_block.car, v_trip.trip_start_date, v_trip.trip_end_date) as c loop
      v_range := private.blocked_range(v_trip.trip_start_date, v_trip.trip_end_date, v_car.prep_minutes, v_car.turnaround_minutes, v_car.back_to_back);
      continue when exists (select from unnest(v_cars, v_ranges) as p (car_id, blocked) where p.car_id = v_car.id and p.blocked && v_range);
      v_targets := v_targets || jsonb_build_object(v_trip.id, v_car.id);
      v_cars := v_cars || v_car.id;
      v_ranges := v_ranges || v_range;
      exit;
    end loop;
  end loop;
  return private.list_in_the_way(plan_block.car, plan_block.starts, plan_block.ends, v_targets);
end
$$;

comment on function private.plan_block(public.cars, timestamptz, timestamptz) is 'Where the trips in the way of a block could go.';
alter function private.plan_block(public.cars, timestamptz, timestamptz) owner to fleetflow_sys;
revoke all on function private.plan_block(public.cars, timestamptz, timestamptz) from public;
grant execute on function private.plan_block(public.cars, timestamptz, timestamptz) to fleetflow_fn;
