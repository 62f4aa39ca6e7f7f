-- What: refuses to store a trip to come on a car that was retired while the booking looked at it. Whoever books a named car has asked under
--   its lock; a booking of a class takes no lock, meets the retirement here and begins again (40001) without that car.
-- Who: the trigger on inserts into trips, after the row. Locks: the car's key, as the trip's foreign key does.
create or replace function private.check_in_service() returns trigger
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_retired timestamptz;
begin
  select c.retired_at into v_retired from public.cars as c where c.id = new.car_id for key share;
  if v_retired is not null then
    perform private.try_again();
  end if;
  return null;
end
$$;

comment on function private.check_in_service() is 'Refuses trips to come on a retired car.';
alter function private.check_in_service() owner to fleetflow_sys;
revoke all on function private.check_in_service() from public;
