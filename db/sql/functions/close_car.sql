-- What: takes the last lock on a car, under which nobody stores a trip, and answers how many trips it still has ahead of it or under way
--   ({"count", "trips": the first ten of its own fleet}); NULL where none is left. Holds and requests that time has ended do not count.
-- Who: retire_car, which already holds the lock of lock_cars. Runs as fleetflow_sys: a trip may belong to the car's former fleet.
-- Locks: the car, also against bookings of a class, which take no other lock than their trip's foreign key.
create or replace function private.close_car(car_id uuid) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid;
begin
  select c.fleet_id into v_fleet from public.cars as c where c.id = close_car.car_id for update;
  return (
    with open as (
      select t.*, row_number() over (order by t.trip_start_date, t.id) as n
        from public.trips as t
       where t.car_id = close_car.car_id and t.status in ('held', 'requested', 'confirmed', 'active'))
    select jsonb_build_object('count', count(*), 'trips', coalesce(jsonb_agg(jsonb_build_object('id', o.id, 'status', o.status,
             'startDate', private.iso(o.trip_start_date), 'endDate', private.iso(o.trip_end_date)) order by o.n)
             filter (where o.n <= 10 and o.fleet_id = v_fleet), '[]'))
      from open as o
    having count(*) > 0);
end
$$;

comment on function private.close_car(uuid) is 'Takes the last lock on a car and answers the trips it still has.';
alter function private.close_car(uuid) owner to fleetflow_sys;
revoke all on function private.close_car(uuid) from public;
grant execute on function private.close_car(uuid) to fleetflow_fn;
