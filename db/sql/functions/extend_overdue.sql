-- What: blocks a car whose active trip is past its end from now until it could be turned around, so that an overdue car is not bookable now.
--   Grows at most up to the next trip's lower bound, and then says that it was cut.
-- Who: functions that book or move a trip, under the car's lock. Runs as fleetflow_sys: the overdue trip is somebody else's.
create or replace function private.extend_overdue(car_id uuid) returns void
  language sql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  update public.trips as t
     set blocked = case when n.starts <= g.until then tstzrange(lower(t.blocked), n.starts, '[)')
                        else tstzrange(lower(t.blocked), g.until, case when t.back_to_back then '[)' else '[]' end) end,
         cut = coalesce(n.starts <= g.until, false)
    from public.trips as overdue
   cross join lateral (select now() + make_interval(mins => overdue.turnaround_minutes) as until) as g
    left join lateral (
      select min(lower(x.blocked)) as starts
        from public.trips as x
       where x.car_id = overdue.car_id and x.id <> overdue.id and x.blocked && tstzrange(upper(overdue.blocked), g.until, '[]')
         and x.status in ('held', 'requested', 'confirmed', 'active', 'completed')) as n on true
   where overdue.car_id = extend_overdue.car_id and overdue.status = 'active' and overdue.trip_end_date < now()
     and upper(overdue.blocked) < g.until and coalesce(n.starts, 'infinity') > upper(overdue.blocked)
     and t.car_id = overdue.car_id and t.id = overdue.id
$$;

comment on function private.extend_overdue(uuid) is 'Blocks an overdue car until it could be turned around.';
alter function private.extend_overdue(uuid) owner to fleetflow_sys;
revoke all on function private.extend_overdue(uuid) from public;
grant execute on function private.extend_overdue(uuid) to fleetflow_fn;
