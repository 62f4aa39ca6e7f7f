-- What: takes the row lock under which a fleet's members, invitations and keys change. Answers whether the fleet is there.
-- Who: everything that changes them, before it decides who may: roles are read again once the lock is there.
-- Runs as fleetflow_sys: whoever leaves or joins may not change the fleet, and `for no key update` asks for that right. Locks: the fleet.
create or replace function private.lock_fleet(fleet_id uuid) returns boolean
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  perform from public.fleets as f where f.id = lock_fleet.fleet_id for no key update;
  return found;
end
$$;

comment on function private.lock_fleet(uuid) is 'Locks a fleet; every change of its members starts here.';
alter function private.lock_fleet(uuid) owner to fleetflow_sys;
revoke all on function private.lock_fleet(uuid) from public;
grant execute on function private.lock_fleet(uuid) to fleetflow_fn;
