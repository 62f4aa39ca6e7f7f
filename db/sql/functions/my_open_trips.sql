-- What: how many trips of the caller are to come or under way, whoever's cars they are ({"count", "trips": the first ten}); NULL where none is.
--   What a fleet keeps a car for (maintenance and its own use) is the fleet's and does not count.
-- Who: erase_me, under the locks of lock_person. Runs as fleetflow_sys: who drives may not see the trip.
create or replace function private.my_open_trips() returns jsonb
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  with open as (
    select t.*, row_number() over (order by t.trip_start_date, t.id) as n
      from public.trips as t
     where (t.booked_by_id = (select private.uid()) and t.purpose = 'rental'
              and (t.status = 'active' or t.status = 'confirmed' and t.trip_end_date > now()))
        or (t.driver_id = (select private.uid()) and t.status = 'active'))
  select jsonb_build_object('count', count(*), 'trips', coalesce(jsonb_agg(jsonb_build_object('id', o.id, 'status', o.status,
           'startDate', private.iso(o.trip_start_date), 'endDate', private.iso(o.trip_end_date)) order by o.n) filter (where o.n <= 10), '[]'))
    from open as o
  having count(*) > 0
$$;

comment on function private.my_open_trips() is 'How many trips of the caller are confirmed or under way.';
alter function private.my_open_trips() owner to fleetflow_sys;
revoke all on function private.my_open_trips() from public;
grant execute on function private.my_open_trips() to fleetflow_fn;
