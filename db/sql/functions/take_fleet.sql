-- What: a fleet, by its id or slug, for an owner who is about to change it, its members or what lets people in; locked.
--   Whoever lost the role while waiting for the lock has lost it.
-- Who: functions that change those. Raises: NOT_FOUND (field fleet), FORBIDDEN. Locks: the fleet.
create or replace function private.take_fleet(fleet text) returns uuid
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid := private.owned_fleet(take_fleet.fleet);
begin
  perform private.lock_fleet(v_fleet);
  return private.owned_fleet(v_fleet::text);
end
$$;

comment on function private.take_fleet(text) is 'A fleet, locked for an owner who changes it.';
revoke all on function private.take_fleet(text) from public;
grant execute on function private.take_fleet(text) to fleetflow_fn;
