-- What: the free windows of cars within a period, as JSON: opening hours (with `hours`) less what blocks the car, buffers included, in whole
--   minutes; windows shorter than `min_minutes` are left out. One multirange difference a car.
-- Who: list_windows_rpc, with cars that the caller sees. Runs as fleetflow_sys: the trips are other people's.
create or replace function private.car_windows(
  car_ids uuid[], during tstzrange, hours boolean, min_minutes integer, renter uuid, managed uuid[]
) returns table (car_id uuid, windows json)
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
  set enable_seqscan = off
as $$
declare
  c_step constant interval := '1 minute';
  c_none constant interval := '0';
  v_least interval := make_interval(mins => greatest(car_windows.min_minutes, 1));
  c_start constant text := '{"startDate":"';
  c_end constant text := '","endDate":"';
  c_minute constant text := 'YYYY-MM-DD"T"HH24:MI":00.000Z"';
begin
  return query
  with chosen as materialized (
    select c from public.cars as c where c.id = any (car_windows.car_ids)
  ), bookable as materialized (
    select z.fleet_id, z.time_zone,
           case when car_windows.hours then private.open_ranges(z.fleet_id, z.time_zone, car_windows.during)
                else tstzmultirange(car_windows.during) end
         * case when z.fleet_id = any (car_windows.managed) then tstzmultirange(tstzrange(null, null))
                else tstzmultirange(tstzrange(date_trunc('minute', now() + make_interval(mins => f.notice_minutes)) + interval '1 minute', null)) end
           as instants
      from (select distinct (c).fleet_id, (c).time_zone from chosen) as z
      join public.fleets as f on f.id = z.fleet_id
  ), late as materialized (
    select t.car_id from public.trips as t where t.car_id = any (car_windows.car_ids) and t.status = 'active' and t.trip_end_date < now()
  ), free as (
    -- As free_ranges, without its calls for each car; only a car that should be back takes more than the trips say.
    select c, case when (c).id in (select l.car_id from late as l) then private.free_ranges(c, car_windows.during, car_windows.renter)
           else tstzmultirange(car_windows.during) - coalesce((
             select range_agg(tstzrange(lower(t.blocked) - s.turnaround, upper(t.blocked) + s.prep,
                      case when (c).back_to_back then '(' else '[' end || case when upper_inc(t.blocked) then ']' else ')' end))
               from public.trips as t
              where t.car_id = (c).id
                and t.blocked && tstzrange(lower(car_windows.during) - s.prep, upper(car_windows.during) + s.turnaround, '[]')
                and t.status in ('held', 'requested', 'confirmed', 'active', 'completed')
                and case t.status when 'held' then t.hold_expires_at > now() and t.booked_by_id is distinct from car_windows.renter
                                  when 'requested' then t.respond_by > now() else true end), '{}') end as ranges
      from chosen
     cross join lateral (select make_interval(mins => (c).prep_minutes) as prep, make_interval(mins => (c).turnaround_minutes) as turnaround) as s
  )
  -- As text: a month of a big fleet has tens of thousands of windows, and building each as an object takes longer than finding it.
  select (f.c).id, ('[' || coalesce((
           select string_agg(c_start || to_char(w.starts at time zone 'UTC', c_minute) || c_end || to_char(w.ends at time zone 'UTC', c_minute) || '"}', ',')
             from unnest(f.ranges * b.instants) as r
            cross join lateral (select date_bin(c_step, lower(r), 'epoch') as starts, date_bin(c_step, upper(r), 'epoch') as ends) as m
            cross join lateral (
              select m.starts + case when m.starts <@ r then c_none else c_step end as starts,
                     m.ends - case when m.ends <@ r then c_none else c_step end as ends) as w
            where w.ends - w.starts >= v_least), '') || ']')::json
    from free as f
    join bookable as b on b.fleet_id = (f.c).fleet_id and b.time_zone = (f.c).time_zone;
end
$$;

comment on function private.car_windows(uuid[], tstzrange, boolean, integer, uuid, uuid[]) is 'The free windows of cars within a period.';
alter function private.car_windows(uuid[], tstzrange, boolean, integer, uuid, uuid[]) owner to fleetflow_sys;
revoke all on function private.car_windows(uuid[], tstzrange, boolean, integer, uuid, uuid[]) from public;
grant execute on function private.car_windows(uuid[], tstzrange, boolean, integer, uuid, uuid[]) to fleetflow_fn;
