-- What: takes the row lock under which a car's trips are written; several cars in ascending order of id.
-- Who: every function that writes a trip, before any insert or update. Answers how many cars it locked.
-- Runs as fleetflow_sys: a renter may not update a car, and `for no key update` under row level security asks for that right.
create or replace function private.lock_cars(car_ids uuid[]) returns integer
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_locked integer;
begin
  select count(*) into v_locked
    from (select from public.cars as c where c.id = any (lock_cars.car_ids) order by c.id for no key update) as locked;
  return v_locked;
end
$$;

comment on function private.lock_cars(uuid[]) is 'Locks cars in ascending order; every write on a trip starts here.';
alter function private.lock_cars(uuid[]) owner to fleetflow_sys;
revoke all on function private.lock_cars(uuid[]) from public;
grant execute on function private.lock_cars(uuid[]) to fleetflow_fn;
