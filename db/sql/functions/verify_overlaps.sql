-- What: every occupying trip that shares an instant of its car with a trip before it, and the first such trip. No rows is the guarantee.
--   One ordered scan with a running maximum of upper bounds: it uses neither the constraint nor its index, so it proves both.
--   Bounds become whole numbers, twice the microseconds and one for an inclusive upper or two for an exclusive lower bound, so that
--   an upper bound reaches a lower one exactly when upper >= lower.
-- Who: administrators, through verify.
create or replace function private.verify_overlaps() returns setof jsonb
  language sql stable
  set search_path = pg_catalog, public, pg_temp
  set enable_indexscan = off
  set enable_indexonlyscan = off
  set enable_bitmapscan = off
  set work_mem = '64MB'
as $$
  with occupying as materialized (
    select t.car_id, t.id, t.blocked, t.trip_start_date, t.trip_end_date,
           case when lower_inf(t.blocked) or not isfinite(lower(t.blocked)) then -9e18::bigint
                else (extract(epoch from lower(t.blocked)) * 2000000)::bigint + case when lower_inc(t.blocked) then 1 else 2 end end as lo,
           case when upper_inf(t.blocked) or not isfinite(upper(t.blocked)) then 9e18::bigint
                else (extract(epoch from upper(t.blocked)) * 2000000)::bigint + case when upper_inc(t.blocked) then 1 else 0 end end as hi
      from public.trips as t
     where t.status in ('held', 'requested', 'confirmed', 'active', 'completed') and not isempty(t.blocked)
  ), scanned as (
    select o.*, max(o.hi) over (partition by o.car_id order by o.lo, o.id rows between unbounded preceding and 1 preceding) as reached
      from occupying as o
  ), late as (
    select s.* from scanned as s where s.reached >= s.lo
  )
  select jsonb_build_object('carId', l.car_id, 'tripId', l.id, 'otherTripId', b.id,
           'startDate', private.iso(l.trip_start_date), 'endDate', private.iso(l.trip_end_date),
           'otherStartDate', private.iso(b.trip_start_date), 'otherEndDate', private.iso(b.trip_end_date))
    from late as l
    join (select distinct on (l.id, o.car_id) l.id as late_id, o.*
            from late as l join occupying as o on o.car_id = l.car_id and (o.lo, o.id) < (l.lo, l.id) and o.hi >= l.lo
           order by l.id, o.car_id, o.lo, o.id) as b on b.late_id = l.id and b.car_id = l.car_id
   order by l.car_id, l.lo, l.id
$$;

comment on function private.verify_overlaps() is 'Occupying trips that overlap an earlier one of their car.';
alter function private.verify_overlaps() owner to fleetflow_sys;
revoke all on function private.verify_overlaps() from public;
