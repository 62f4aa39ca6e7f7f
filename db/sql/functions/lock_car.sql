-- What: takes the row lock under which a car's trips are written, writes down what time has decided about them, so that whoever holds the lock
--   never meets a dead hold, and hands out the car's row as it is under the lock; NULL where there is no such car.
-- Who: every function that writes a trip, before any insert or update. Several cars: lock_cars.
-- Runs as fleetflow_sys: a renter may not update a car, and `for no key update` under row level security asks for that right. Locks: the car.
create or replace function private.lock_car(car_id uuid) returns public.cars
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_car public.cars;
  v_first timestamptz;
begin
  select c.* into v_car from public.cars as c where c.id = lock_car.car_id for no key update;
  -- Asked here, because nearly always there is nothing to do; and for the first limit instead of whether one has passed, because of an index
  -- that is nearly empty PostgreSQL knows too little to read it and not the table.
  select case when t.status = 'held' then t.hold_expires_at when t.status = 'requested' then t.respond_by
              when t.purpose <> 'rental' and t.status in ('confirmed', 'active') then t.trip_end_date end as runs_out into v_first
    from public.trips as t
   where t.car_id = v_car.id
     and (case when t.status = 'held' then t.hold_expires_at when t.status = 'requested' then t.respond_by
               when t.purpose <> 'rental' and t.status in ('confirmed', 'active') then t.trip_end_date end) is not null
   order by runs_out limit 1;
  if v_first <= now() then
    perform private.expire_holds(v_car.id);
  end if;
  return v_car;
end
$$;

comment on function private.lock_car(uuid) is 'Locks a car; every write on a trip starts here.';
alter function private.lock_car(uuid) owner to fleetflow_sys;
revoke all on function private.lock_car(uuid) from public;
grant execute on function private.lock_car(uuid) to fleetflow_fn;
