<<<<<<< HEAD
-- What: how a class could take one more rental if at most 3 trips changed cars: {"carId", "cars": all to be locked, "people": drivers to be
--   locked, "moves": [{"tripId", "carId"}]} with the fewest moves, NULL when there is no such plan. No moves means a car that only looks taken:
--   by a hold that is over, or until a moment ago.
--   Tries every car for the rental, then every other car for each trip that this puts out of the way, and so on; only trips that may
--   be moved are put out of the way. At most 20,000 such steps.
-- Who: functions that book a class, without any lock: whoever acts on a plan checks it again. Runs as fleetflow_sys: trips are other people's.
create or replace function private.plan_moves(car_class public.car_classes, manages boolean, tariffs text[], starts timestamptz, ends timestamptz)
  returns jsonb
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_moves constant integer := 3;
  c_steps constant integer := 20000;
  c_wish constant uuid := '00000000-0000-0000-0000-000000000000';
  v_cars uuid[];
  v_open uuid[];
  v_reach interval;
  v_hull tstzrange;
  v_plan jsonb;
begin
  select array_agg((k.car).id), array_agg((k.car).id) filter (where k.tariff = any (plan_moves.tariffs)),
         make_interval(mins => max((k.car).prep_minutes + (k.car).turnaround_minutes))
    into v_cars, v_open, v_reach
    from private.class_cars(plan_moves.car_class, plan_moves.manages) as k;
  if v_open is null or private.is_crowded(v_cars, plan_moves.starts, plan_moves.ends) then
    return null;
  end if;
  v_hull := tstzrange(plan_moves.starts - v_reach, plan_moves.ends + v_reach, '[]');
  for v_move in 1 .. c_moves loop
    select tstzrange(least(lower(v_hull), min(lower(t.blocked)) - v_reach), greatest(upper(v_hull), max(upper(t.blocked)) + v_reach), '[]')
      into v_hull
      from private.class_schedule(v_cars, v_hull) as t
     where t.movable;
  end loop;

  with recursive pool as materialized (
    select c.id, c.prep_minutes, c.turnaround_minutes, c.back_to_back from public.cars as c where c.id = any (v_cars)
  ), busy as materialized (
    select b.car_id, b.trip_id, b.blocked, b.movable, b.starts, b.ends from private.class_schedule(v_cars, v_hull) as b
  ), item as materialized (
    select c_wish as id, null::uuid as car_id, plan_moves.starts, plan_moves.ends
     union all select b.trip_id, b.car_id, b.starts, b.ends from busy as b where b.movable
  ), place as materialized (
    -- Where an item could go, and which trips that may be moved are in its way there.
    select i.id as item, c.id as car_id, w.wanted, array_remove(array_agg(b.trip_id), null) as in_way
      from item as i
      join pool as c on c.id is distinct from i.car_id and (i.id <> c_wish or c.id = any (v_open))
     cross join lateral private.blocked_range(i.starts, i.ends, c.prep_minutes, c.turnaround_minutes, c.back_to_back) as w (wanted)
      left join busy as b on b.car_id = c.id and b.blocked && w.wanted
     group by i.id, c.id, w.wanted
    having coalesce(bool_and(b.movable), true) and count(b.trip_id) <= c_moves
  ), path as (
    -- `items` are to be placed, the first ones have been: on `cars`, where they take `taken`.
    select array[c_wish] as items, '{}'::uuid[] as cars, '{}'::tstzrange[] as taken
     union all
    select p.items || o.fresh, p.cars || o.car_id, p.taken || o.wanted
      from path as p
     cross join lateral (
        select l.car_id, l.wanted, array(select x from unnest(l.in_way) as x where x <> all (p.items)) as fresh
          from place as l where l.item = p.items[cardinality(p.cars) + 1]) as o
     where cardinality(p.cars) < cardinality(p.items) and cardinality(p.items) + cardinality(o.fresh) <= 1 + c_moves
       and not exists (select from unnest(p.cars, p.taken) as k (car_id, taken) where k.car_id = o.car_id and k.taken && o.wanted)
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

comment on function private.plan_moves(public.car_classes, boolean, text[], timestamptz, timestamptz) is
  'How a class could take one more rental if few trips changed cars.';
alter function private.plan_moves(public.car_classes, boolean, text[], timestamptz, timestamptz) owner to fleetflow_sys;
revoke all on function private.plan_moves(public.car_classes, boolean, text[], timestamptz, timestamptz) from public;
grant execute on function private.plan_moves(public.car_classes, boolean, text[], timestamptz, timestamptz) to fleetflow_fn;
=======
-- What: the moves of a plan that a caller has sent back, with nothing in them but trip, version and car; NULL without a plan.
-- Who: block_car. Raises: BAD_INPUT (field plan).
create or replace function private.plan_moves(plan jsonb) returns jsonb
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_moves constant integer := 200;
  c_uuid constant text := '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
  v_moves jsonb := plan_moves.plan -> 'moves';
begin
  if coalesce(plan_moves.plan, 'null') = 'null' then
    return null;
  end if;
  if jsonb_typeof(v_moves) is distinct from 'array' or jsonb_array_length(v_moves) > c_moves
     or exists (select from jsonb_array_elements(v_moves) as m (move)
                 where coalesce(lower(m.move ->> 'tripId') !~ c_uuid or lower(m.move ->> 'carId') !~ c_uuid
                   or m.move ->> 'version' !~ '^[1-9][0-9]{0,8}$', true))
     or (select count(distinct lower(m.move ->> 'tripId')) from jsonb_array_elements(v_moves) as m (move)) < jsonb_array_length(v_moves) then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'plan');
  end if;
  return (select coalesce(jsonb_agg(jsonb_build_object('tripId', lower(m.move ->> 'tripId'), 'version', (m.move ->> 'version')::integer,
            'carId', lower(m.move ->> 'carId'))), '[]') from jsonb_array_elements(v_moves) as m (move));
end
$$;

comment on function private.plan_moves(jsonb) is 'The moves of a plan that a caller has sent back.';
revoke all on function private.plan_moves(jsonb) from public;
grant execute on function private.plan_moves(jsonb) to fleetflow_fn;
>>>>>>> changes
