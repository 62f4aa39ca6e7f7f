-- What: locks several cars in ascending order of id, each as lock_car does. Answers how many there are.
-- Who: functions that write trips of more than one car. Runs as fleetflow_sys, as lock_car does. Locks: the cars.
create or replace function private.lock_cars(car_ids uuid[]) returns integer
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_id uuid;
  v_locked integer := 0;
begin
  for v_id in select distinct c.id from unnest(lock_cars.car_ids) as c (id) order by c.id loop
    if (private.lock_car(v_id)).id is not null then
      v_locked := v_locked + 1;
    end if;
  end loop;
  return v_locked;
end
$$;

comment on function private.lock_cars(uuid[]) is 'Locks cars in ascending order.';
alter function private.lock_cars(uuid[]) owner to fleetflow_sys;
revoke all on function private.lock_cars(uuid[]) from public;
grant execute on function private.lock_cars(uuid[]) to fleetflow_fn;
