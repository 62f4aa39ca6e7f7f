-- What: what takes some cars within a stretch of time, as a booking under their locks would find it: holds and requests past their limit take
--   nothing, a car that should be back is taken until it could be turned around. `movable` says which trips may change cars.
-- Who: plan_moves, is_crowded. Runs as fleetflow_sys: trips are other people's.
create or replace function private.class_schedule(car_ids uuid[], during tstzrange)
  returns table (car_id uuid, trip_id uuid, starts timestamptz, ends timestamptz, blocked tstzrange, movable boolean,
    near_lat integer, near_lng integer, near_metres integer)
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select t.car_id, t.id, t.trip_start_date, t.trip_end_date, t.blocked, private.may_be_moved(t),
         t.near_lat_microdegrees, t.near_lng_microdegrees, t.near_metres
    from unnest(class_schedule.car_ids) as c (id)
    join public.trips as t on t.car_id = c.id
   where t.blocked && class_schedule.during
     and t.status in ('held', 'requested', 'confirmed', 'active', 'completed')
     and case t.status when 'held' then t.hold_expires_at > now() when 'requested' then t.respond_by > now() else true end
   union all
  select t.car_id, t.id, t.trip_start_date, o.until, tstzrange(lower(t.blocked), o.until, '[]'), false, null, null, null
    from unnest(class_schedule.car_ids) as c (id)
    join public.trips as t on t.car_id = c.id
   cross join lateral (select now() + make_interval(mins => t.turnaround_minutes) as until) as o
   where t.status = 'active' and t.purpose = 'rental' and t.trip_end_date < now()
     and tstzrange(lower(t.blocked), o.until, '[]') && class_schedule.during
$$;

comment on function private.class_schedule(uuid[], tstzrange) is 'What takes some cars within a stretch of time.';
revoke all on function private.class_schedule(uuid[], tstzrange) from public;
grant execute on function private.class_schedule(uuid[], tstzrange) to fleetflow_sys;
