-- What: whether a car could take a period, as far as one can see without its lock: nothing that occupies it is in the way. Holds and
--   requests whose time is over are not, and a trip that should have ended is, until the car could be turned around.
-- Who: functions that plan. Only the constraint decides. Runs as fleetflow_sys and answers without identities.
create or replace function private.is_free(car public.cars, starts timestamptz, ends timestamptz) returns boolean
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select not exists (select from private.trips_in_the_way(is_free.car, is_free.starts, is_free.ends))
$$;

comment on function private.is_free(public.cars, timestamptz, timestamptz) is 'Whether a car could take a period.';
alter function private.is_free(public.cars, timestamptz, timestamptz) owner to fleetflow_sys;
revoke all on function private.is_free(public.cars, timestamptz, timestamptz) from public;
