-- What: a car as it is, also one that the caller does not see: a renter keeps a trip on a car that has been retired or hidden since.
-- Who: functions that change a trip which the caller may change, for its car or the one it would get. Runs as fleetflow_sys.
create or replace function private.car_of(car_id uuid) returns public.cars
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select c.* from public.cars as c where c.id = car_of.car_id
$$;

comment on function private.car_of(uuid) is 'A car as it is, for a trip that the caller may change.';
alter function private.car_of(uuid) owner to fleetflow_sys;
revoke all on function private.car_of(uuid) from public;
grant execute on function private.car_of(uuid) to fleetflow_fn;
