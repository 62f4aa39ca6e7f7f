-- What: the cars of a class that nothing stored keeps from a period, the best fit first: the one whose trips before and after leave the
--   least time unused, then the one with the nearer neighbour, then in any order, so that simultaneous callers do not all want the same.
--   A car with a dead hold in the way, or one that is overdue, is left out: making its past true needs its lock.
-- Who: functions that book a class. Input: startDate, endDate, lat, lng, radius. Takes no lock: what is free here may be taken when it is booked. Runs as fleetflow_sys.
create or replace function private.free_cars(car_class public.car_classes, manages boolean, input jsonb)
  returns table (car public.cars, tariff text, instant boolean)
  language sql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select k.car, k.tariff, k.instant
    from private.class_cars(free_cars.car_class, free_cars.manages, free_cars.input) as k
   cross join (select (input ->> 'startDate')::timestamptz as starts, (input ->> 'endDate')::timestamptz as ends) as p
   cross join lateral private.blocked_range(p.starts, p.ends,
     (k.car).prep_minutes, (k.car).turnaround_minutes, (k.car).back_to_back) as w (wanted)
    left join lateral (
      select lower(w.wanted) - upper(t.blocked) as gap
        from public.trips as t
       where t.car_id = (k.car).id and t.trip_start_date < p.starts
         and t.status in ('held', 'requested', 'confirmed', 'active', 'completed')
       order by t.trip_start_date desc limit 1) as b on true
    left join lateral (
      select lower(t.blocked) - upper(w.wanted) as gap
        from public.trips as t
       where t.car_id = (k.car).id and t.trip_start_date > p.starts
         and t.status in ('held', 'requested', 'confirmed', 'active', 'completed')
       order by t.trip_start_date limit 1) as a on true
   where not exists (
           select from public.trips as t
            where t.car_id = (k.car).id and t.blocked && w.wanted
              and t.status in ('held', 'requested', 'confirmed', 'active', 'completed'))
     and not exists (
           select from public.trips as t
            where t.car_id = (k.car).id and t.status = 'active' and t.trip_end_date < now()
              and tstzrange(lower(t.blocked), now() + make_interval(mins => t.turnaround_minutes), '[]') && w.wanted)
   order by b.gap + a.gap nulls last, least(b.gap, a.gap) nulls last, random()
$$;

comment on function private.free_cars(public.car_classes, boolean, jsonb) is 'The cars of a class that are free for a period, best fit first.';
alter function private.free_cars(public.car_classes, boolean, jsonb) owner to fleetflow_sys;
revoke all on function private.free_cars(public.car_classes, boolean, jsonb) from public;
grant execute on function private.free_cars(public.car_classes, boolean, jsonb) to fleetflow_fn;
