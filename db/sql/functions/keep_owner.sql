-- What: refuses whatever would leave a fleet without an owner who is a person and not suspended: the others could not let anybody in. A fleet that is being deleted needs none.
-- Who: the trigger on owners' rows of fleet_members, whoever writes. Runs as fleetflow_sys: who leaves does not see who stays.
-- Raises: LAST_OWNER (fleetId). Locks: the fleet, so that of two owners who go at once one stays.
create or replace function private.keep_owner() returns trigger
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if private.is_service(old.user_id) or not private.lock_fleet(old.fleet_id) then
    return null;
  end if;
  if not exists (
    select from public.fleet_members as m join public.users as u on u.id = m.user_id
     where m.fleet_id = old.fleet_id and m.role = 'owner' and u.suspended_at is null and not private.is_service(m.user_id))
  then
    raise exception using errcode = 'FF013', message = 'LAST_OWNER', detail = jsonb_build_object('fleetId', old.fleet_id);
  end if;
  return null;
end
$$;

comment on function private.keep_owner() is 'Keeps an owner in every fleet.';
alter function private.keep_owner() owner to fleetflow_sys;
revoke all on function private.keep_owner() from public;
