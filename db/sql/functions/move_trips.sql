-- What: moves trips to other cars of the fleet, and to other times where a move says so, all of them or none. A trip's row cannot change its
--   car, so rows and lines are deleted there and inserted here in one statement's work: whoever reads sees each trip exactly once, and
--   whoever books never finds a gap. Same id, version + 1; lines, price, policy and limits travel along, buffers become those of the new car.
--   `moves`: [{"tripId", "carId"}], with "startDate", "endDate", "driverId", "extras", "pricing", "ratePlanId" where these change as well.
-- Who: functions that have checked that the caller may move these trips: it runs as fleetflow_sys. Answers how many it moved.
-- Raises: NOT_FOUND (field tripId or carId), INVALID_STATE (from, operation, allowed), TRIP_OVERLAP (conflicts, nextFree), DRIVER_BUSY (windows).
-- Locks: the cars of both ends ascending, then the drivers, then the trips.
create or replace function private.move_trips(moves jsonb) returns integer
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_cars uuid[];
  v_known integer;
  v_trips public.trips[];
  v_lines public.trip_lines[];
  v_trip public.trips;
  v_new record;
begin
  select array_agg(distinct t.car_id) || array_agg(distinct (m.move ->> 'carId')::uuid), count(*) into v_cars, v_known
    from jsonb_array_elements(move_trips.moves) as m (move) join public.trips as t on t.id = (m.move ->> 'tripId')::uuid;
  if v_known <> jsonb_array_length(move_trips.moves) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'tripId');
  end if;
  if private.lock_cars(v_cars) <> (select count(distinct c) from unnest(v_cars) as c) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'carId');
  end if;
  perform private.extend_overdue(c) from unnest(v_cars) as c;
  perform private.lock_users(array_agg(case when m.move ? 'driverId' then (m.move ->> 'driverId')::uuid else t.driver_id end))
     from jsonb_array_elements(move_trips.moves) as m (move) join public.trips as t on t.id = (m.move ->> 'tripId')::uuid;
  select array_agg(l.trip) into v_trips
    from (select t as trip from public.trips as t
           where t.id in (select (m.move ->> 'tripId')::uuid from jsonb_array_elements(move_trips.moves) as m (move))
           order by t.car_id, t.id for no key update) as l;
  if cardinality(v_trips) is distinct from v_known or exists (select from unnest(v_trips) as t where t.car_id <> all (v_cars)) then
    perform private.try_again();
  end if;
  foreach v_trip in array v_trips loop
    if v_trip.status not in ('held', 'requested', 'confirmed') then
      perform private.refuse_state(v_trip.status, 'modify');
    end if;
  end loop;

  select coalesce(array_agg(l order by l.id), '{}') into v_lines
    from unnest(v_trips) as t join public.trip_lines as l on l.car_id = t.car_id and l.trip_id = t.id;
  delete from public.trips as t using unnest(v_trips) as o where t.car_id = o.car_id and t.id = o.id;

  for v_new in
    select n as trip
      from unnest(v_trips) as o
      join jsonb_array_elements(move_trips.moves) as m (move) on (m.move ->> 'tripId')::uuid = o.id
     cross join lateral private.moved_trip(o, m.move) as n
     order by n.car_id, n.trip_start_date
  loop
    v_trip := v_new.trip;
    insert into public.trips values (v_trip.*) on conflict on constraint prevent_overlap do nothing;
    if not found then
      perform private.refuse_overlap(v_trip.car_id, v_trip.trip_start_date, v_trip.trip_end_date,
        v_trip.prep_minutes, v_trip.turnaround_minutes, v_trip.back_to_back, v_trip.id, (select array_agg(t.id) from unnest(v_trips) as t));
    end if;
    perform private.assign_driver(v_trip);
  end loop;
  insert into public.trip_lines
  select n.*
    from unnest(v_lines) as l
    join jsonb_array_elements(move_trips.moves) as m (move) on (m.move ->> 'tripId')::uuid = l.trip_id
   cross join lateral jsonb_populate_record(l, jsonb_build_object('car_id', m.move ->> 'carId')) as n;
  perform private.refresh_risk(c) from (select distinct c from unnest(v_cars) as c) as d (c);
  return v_known;
end
$$;

comment on function private.move_trips(jsonb) is 'Moves trips between cars with no visible gap.';
alter function private.move_trips(jsonb) owner to fleetflow_sys;
revoke all on function private.move_trips(jsonb) from public;
grant execute on function private.move_trips(jsonb) to fleetflow_fn;
