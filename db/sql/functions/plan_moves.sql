-- What: how a class could take one more rental if at most 3 trips changed cars: {"carId", "cars": all to be locked,
--   "moves": [{"tripId", "carId"}]} with the fewest moves, NULL when there is no such plan. No moves means a car that only looks taken: by a
--   hold that is over, or until a moment ago.
--   Tries every car for the rental, then every other car for each trip that this puts out of the way, and so on; only trips that may
--   be moved are put out of the way. At most 20,000 such steps.
--   A trip that was booked near a place stays near it.
-- Who: functions that book a class, without any lock: whoever acts on a plan checks it again. Runs as fleetflow_sys: trips are other people's.
create or replace function private.plan_moves(car_class public.car_classes, manages boolean, input jsonb, offers jsonb)
  returns jsonb
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_moves constant integer := 3;
  c_steps constant integer := 20000;
  c_wish constant uuid := '00000000-0000-0000-0000-000000000000';
  v_start timestamptz := (input ->> 'startDate')::timestamptz;
  v_end timestamptz := (input ->> 'endDate')::timestamptz;
  v_cars uuid[];
  v_open uuid[];
  v_reach interval;
  v_hull tstzrange;
  v_plan jsonb;
begin
  select array_agg((k.car).id), make_interval(mins => max((k.car).prep_minutes + (k.car).turnaround_minutes))
    into v_cars, v_reach
    from private.class_cars(plan_moves.car_class, plan_moves.manages, '{}') as k where k.instant;
  v_open := array(select (k.car).id from private.class_cars(plan_moves.car_class, plan_moves.manages, plan_moves.input) as k
                   where k.instant and plan_moves.offers ? k.tariff);
  if v_open = '{}' or private.is_crowded(v_cars, v_start, v_end) then
    return null;
  end if;
  v_hull := tstzrange(v_start - v_reach, v_end + v_reach, '[]');
  for v_move in 1 .. c_moves loop
    select tstzrange(least(lower(v_hull), min(lower(t.blocked)) - v_reach), greatest(upper(v_hull), max(upper(t.blocked)) + v_reach), '[]')
      into v_hull
      from private.class_schedule(v_cars, v_hull) as t
     where t.movable;
  end loop;

  with recursive pool as materialized (
    select c.id, c.prep_minutes, c.turnaround_minutes, c.back_to_back, c.lat_microdegrees as lat, c.lng_microdegrees as lng
      from public.cars as c where c.id = any (v_cars)
  ), busy as materialized (
    select b.car_id, b.trip_id, b.blocked, b.movable, b.starts, b.ends, b.near_lat, b.near_lng, b.near_metres
      from private.class_schedule(v_cars, v_hull) as b
  ), item as materialized (
    select c_wish as id, null::uuid as car_id, v_start as starts, v_end as ends, null::integer as near_lat, null::integer as near_lng, 0 as near_metres
     union all select b.trip_id, b.car_id, b.starts, b.ends, b.near_lat, b.near_lng, b.near_metres from busy as b where b.movable
  ), place as materialized (
    -- Where an item could go, and which trips that may be moved are in its way there.
    select i.id as item, c.id as car_id, w.wanted, array_remove(array_agg(b.trip_id), null) as in_way
      from item as i
      join pool as c on c.id is distinct from i.car_id and (i.id <> c_wish or c.id = any (v_open))
       and (i.near_lat is null or private.metres_between(c.lat, c.lng, i.near_lat, i.near_lng) <= i.near_metres)
     cross join lateral private.blocked_range(i.starts, i.ends, c.prep_minutes, c.turnaround_minutes, c.back_to_back) as w (wanted)
      left join busy as b on b.car_id = c.id and b.blocked && w.wanted
     group by i.id, c.id, w.wanted
    having coalesce(bool_and(b.movable), true) and count(b.trip_id) <= c_moves
  ), path as (
    -- `items` are to be placed, the first ones have been: on `cars`, where they take `taken`.
    select array[c_wish] as items, '{}'::uuid[] as cars, '{}'::tstzrange[] as taken
     union all
    select p.items || o.fresh, p.cars || l.car_id, p.taken || l.wanted
      from path as p
      join place as l on l.item = p.items[cardinality(p.cars) + 1]
     cross join lateral (select array(select x from unnest(l.in_way) as x where x <> all (p.items)) as fresh) as o
     where cardinality(p.items) + cardinality(o.fresh) <= 1 + c_moves
       and not exists (select from unnest(p.cars, p.taken) as k (car_id, taken) where k.car_id = l.car_id and k.taken && l.wanted)
  )
  select jsonb_build_object('carId', s.cars[1], 'cars', s.cars,
           'moves', (select coalesce(jsonb_agg(jsonb_build_object('tripId', s.items[i], 'carId', s.cars[i])), '[]')
                       from generate_series(2, cardinality(s.items)) as i))
    into v_plan
    from (select p.items, p.cars from path as p limit c_steps) as s
   where cardinality(s.items) = cardinality(s.cars)
   limit 1;
  return v_plan;
end
$$;

comment on function private.plan_moves(public.car_classes, boolean, jsonb, jsonb) is
  'How a class could take one more rental if few trips changed cars.';
alter function private.plan_moves(public.car_classes, boolean, jsonb, jsonb) owner to fleetflow_sys;
revoke all on function private.plan_moves(public.car_classes, boolean, jsonb, jsonb) from public;
grant execute on function private.plan_moves(public.car_classes, boolean, jsonb, jsonb) to fleetflow_fn;
