-- What: gives up an attempt that met another one, so that the caller tries again from the start (40001, which is never stored under a key).
-- Who: functions that find, under their locks, that a trip has been moved to another car since they looked: locking that car too
--   could break the order of locks.
create or replace function private.try_again() returns void
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  raise exception using errcode = 'serialization_failure', message = 'a trip was moved to another car meanwhile';
end
$$;

comment on function private.try_again() is 'Gives up an attempt that met another one.';
revoke all on function private.try_again() from public;
grant execute on function private.try_again() to fleetflow_fn, fleetflow_sys;
