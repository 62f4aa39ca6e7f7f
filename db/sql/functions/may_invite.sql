-- What: whether a user lets people into a fleet now: an owner who is not suspended.
-- Who: whatever asks if an invitation is good. Runs as fleetflow_sys: who accepts one does not see the fleet's members.
create or replace function private.may_invite(fleet_id uuid, user_id uuid) returns boolean
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select exists (
    select from public.fleet_members as m join public.users as u on u.id = m.user_id
     where m.fleet_id = may_invite.fleet_id and m.user_id = may_invite.user_id and m.role = 'owner' and u.suspended_at is null)
$$;

comment on function private.may_invite(uuid, uuid) is 'Whether a user lets people into a fleet now.';
alter function private.may_invite(uuid, uuid) owner to fleetflow_sys;
revoke all on function private.may_invite(uuid, uuid) from public;
grant execute on function private.may_invite(uuid, uuid) to fleetflow_fn;
