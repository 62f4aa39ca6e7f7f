-- What: takes the row locks of those cars that nobody else has, in ascending order of id, without ever waiting, and answers their ids.
--   Unlike lock_cars it writes nothing: each call of a batch does that itself, with lock_cars, in what is taken back when it fails.
-- Who: entry functions that run many calls at once, before the first. Locks: the cars.
-- Runs as fleetflow_sys: a renter may not update a car, and `for no key update` under row level security asks for that right.
create or replace function private.lock_idle_cars(car_ids uuid[]) returns uuid[]
  language sql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select coalesce(array_agg(idle.id), '{}')
    from (select c.id from public.cars as c where c.id = any (lock_idle_cars.car_ids) order by c.id for no key update skip locked) as idle
$$;

comment on function private.lock_idle_cars(uuid[]) is 'Locks the cars that nobody else has, without waiting.';
alter function private.lock_idle_cars(uuid[]) owner to fleetflow_sys;
revoke all on function private.lock_idle_cars(uuid[]) from public;
grant execute on function private.lock_idle_cars(uuid[]) to fleetflow_fn;
