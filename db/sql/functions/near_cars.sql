-- What: cars for a period, nearest first: at least `wanted` of them if there are as many, and then all that are as near as the last one.
--   `filter`: lat, lng (microdegrees) and radius (metres), else by id; fleetId, classId, carClass (slug), seats, rating (hundredths), exceptId,
--   exceptClassId, priced, busyToo, afterMetres and afterId (continue behind that car). The last row has no car if there may be more: `metres` is how far it looked.
--   Only cars that the caller may see and whose fleet's rules allow the period; whether they are free is judged as busy_ranges does.
-- Who: search_cars, alternatives. Runs as fleetflow_sys, because an index by place cannot be used behind row level security.
create or replace function private.near_cars(filter jsonb, starts timestamptz, ends timestamptz, renter uuid, wanted integer)
  returns table (car_id uuid, metres integer, free boolean)
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_looked_at constant integer := 5000;
  v_lat integer := (filter ->> 'lat')::integer;
  v_lng integer := (filter ->> 'lng')::integer;
  v_radius integer := (filter ->> 'radius')::integer;
  v_after_metres integer := (filter ->> 'afterMetres')::integer;
  v_after_id uuid := (filter ->> 'afterId')::uuid;
  v_busy_too boolean := coalesce((filter ->> 'busyToo')::boolean, false);
  v_priced boolean := coalesce((filter ->> 'priced')::boolean, true);
  v_cars refcursor := private.open_cars(near_cars.filter);
  v_car public.cars;
  v_fits jsonb := '{}';
  v_key text;
  v_looked_at integer := 0;
  v_found integer := 0;
  v_edge integer;
begin
  loop
    fetch v_cars into v_car;
    exit when not found;
    near_cars.metres := private.metres_between(v_lat, v_lng, v_car.lat_microdegrees, v_car.lng_microdegrees);
    exit when near_cars.metres > v_radius + 1;
    if v_edge is not null and (near_cars.metres is null or near_cars.metres > v_edge + 1) then
      return query select null::uuid, v_edge, null::boolean;
      exit;
    end if;
    continue when near_cars.metres > v_radius or near_cars.metres > v_edge
      or near_cars.metres < v_after_metres or (near_cars.metres = v_after_metres and v_car.id <= v_after_id);

    v_looked_at := v_looked_at + 1;
    v_key := v_car.car_class_id || v_car.time_zone;
    if not v_fits ? v_key then
      v_fits := v_fits || jsonb_build_object(v_key, private.class_fits(v_car, near_cars.starts, near_cars.ends));
    end if;
    if (v_fits -> v_key ->> 'fits')::boolean and (not v_priced or v_car.rate_plan_id is not null or (v_fits -> v_key ->> 'priced')::boolean) then
      near_cars.free := not exists (
        select from private.busy_ranges(v_car.id, private.blocked_range(near_cars.starts, near_cars.ends,
          v_car.prep_minutes, v_car.turnaround_minutes, v_car.back_to_back), near_cars.renter));
      if near_cars.free or v_busy_too then
        near_cars.car_id := v_car.id;
        v_found := v_found + 1;
        return next;
      end if;
    end if;
    if v_edge is null and (v_found >= near_cars.wanted or v_looked_at >= c_looked_at) then
      v_edge := coalesce(near_cars.metres, 0);
    end if;
  end loop;
  close v_cars;
end
$$;

comment on function private.near_cars(jsonb, timestamptz, timestamptz, uuid, integer) is 'Cars for a period, nearest first.';
alter function private.near_cars(jsonb, timestamptz, timestamptz, uuid, integer) owner to fleetflow_sys;
revoke all on function private.near_cars(jsonb, timestamptz, timestamptz, uuid, integer) from public;
grant execute on function private.near_cars(jsonb, timestamptz, timestamptz, uuid, integer) to fleetflow_fn;
