-- What: tidies up after time: writes down which holds and requests have expired and which trips that are no rentals have ended, frees
--   their drivers, and forgets quotes a week after they ran out. Nothing depends on it: everything that reads or books knows the same without it.
--   At most `batch` of each, the oldest first, and never in anybody's way: what is locked is left for the next time. Answers how many.
-- Who: sweep_trips.
-- Locks: assignments of drivers that no longer count, then cars ascending, waiting for neither.
create or replace function private.sweep(batch integer) returns integer
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_cars uuid[];
  v_swept integer;
  v_forgotten integer;
begin
  perform set_config('fleetflow.operation', 'time', true);
  delete from public.driver_assignments as a
   using (select e.driver_id, e.trip_id from public.driver_assignments as e
           where e.expires_at <= now() order by e.expires_at limit sweep.batch for update skip locked) as e
   where a.driver_id = e.driver_id and a.trip_id = e.trip_id and a.expires_at <= now();
  v_cars := array(
    select c.id
      from public.cars as c
     where c.id in (
       select r.car_id
         from (select t.car_id
                 from public.trips as t
                where (case when t.status = 'held' then t.hold_expires_at when t.status = 'requested' then t.respond_by
                            when t.purpose <> 'rental' and t.status in ('confirmed', 'active') then t.trip_end_date end) <= now()
                order by (case when t.status = 'held' then t.hold_expires_at when t.status = 'requested' then t.respond_by
                               when t.purpose <> 'rental' and t.status in ('confirmed', 'active') then t.trip_end_date end)
                limit sweep.batch) as r)
     order by c.id
       for no key update skip locked);
  with over as (
    select t.car_id, t.id
      from public.trips as t
     where t.car_id = any (v_cars)
       and (case when t.status = 'held' then t.hold_expires_at when t.status = 'requested' then t.respond_by
                 when t.purpose <> 'rental' and t.status in ('confirmed', 'active') then t.trip_end_date end) <= now()
     order by t.car_id, t.id
     limit sweep.batch
       for no key update skip locked)
  update public.trips as t
     set status = (private.settled(t)).status, returned_at = (private.settled(t)).returned_at
    from over as o
   where t.car_id = o.car_id and t.id = o.id;
  get diagnostics v_swept = row_count;

  delete from public.quotes as q
   using (select o.car_id, o.id from public.quotes as o
           where o.expires_at < now() - interval '7 days' order by o.expires_at limit sweep.batch) as o
   where q.car_id = o.car_id and q.id = o.id;
  get diagnostics v_forgotten = row_count;
  return v_swept + v_forgotten;
end
$$;

comment on function private.sweep(integer) is 'Tidies up after time.';
alter function private.sweep(integer) owner to fleetflow_sys;
revoke all on function private.sweep(integer) from public;
grant execute on function private.sweep(integer) to fleetflow_fn;
