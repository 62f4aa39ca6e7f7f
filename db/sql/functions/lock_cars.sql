-- What: takes the row lock under which a car's trips are written, several cars in ascending order of id, and then writes down what time has
--   decided about them, so that whoever holds the lock never meets a dead hold.
-- Who: every function that writes a trip, before any insert or update. Answers how many cars it locked.
-- Runs as fleetflow_sys: a renter may not update a car, and `for no key update` under row level security asks for that right.
create or replace function private.lock_cars(car_ids uuid[]) returns integer
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_locked uuid[];
begin
  select array_agg(locked.id order by locked.id) into v_locked
    from (select c.id from public.cars as c where c.id = any (lock_cars.car_ids) order by c.id for no key update) as locked;
  perform private.expire_holds(l.id) from unnest(v_locked) as l (id);
  return coalesce(cardinality(v_locked), 0);
end
$$;

comment on function private.lock_cars(uuid[]) is 'Locks cars in ascending order; every write on a trip starts here.';
alter function private.lock_cars(uuid[]) owner to fleetflow_sys;
revoke all on function private.lock_cars(uuid[]) from public;
grant execute on function private.lock_cars(uuid[]) to fleetflow_fn;
