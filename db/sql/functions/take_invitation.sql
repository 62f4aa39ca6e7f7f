-- What: makes the acting user a member by the invitation with this hash and writes down that they were; answers the fleet, NULL where the
--   invitation is unknown, used, taken back, expired, for another address, of somebody who may not invite any more, or for a person and
--   the caller is none. Of many who come at once one is let in. Nobody's role is lowered.
-- Who: accept_invitation. Runs as fleetflow_sys: who is let in is no member yet. Locks: the fleet.
create or replace function private.take_invitation(token_hash text) returns uuid
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_roles constant text[] := '{driver,manager,owner}';
  v_invitation public.invitations;
begin
  if take_invitation.token_hash is null or take_invitation.token_hash !~ '^[0-9a-f]{64}$' then
    return null;
  end if;
  select i.* into v_invitation from public.invitations as i where i.token_hash = decode(take_invitation.token_hash, 'hex');
  perform private.lock_fleet(v_invitation.fleet_id);
  -- Again, now that nobody else can take it: written in one statement, so that it is good when it is used up.
  update public.invitations as i
     set accepted_by = private.uid(), accepted_at = now()
   where i.id = v_invitation.id and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
     and private.may_invite(i.fleet_id, i.invited_by)
     and not private.is_service(private.uid())
     and (i.email is null or exists (select from public.users as u where u.id = private.uid() and private.folded(u.email) = i.email))
  returning i.* into v_invitation;
  if not found then
    return null;
  end if;
  insert into public.fleet_members as m (fleet_id, user_id, role)
  values (v_invitation.fleet_id, private.uid(), v_invitation.role)
  on conflict on constraint fleet_members_pkey do update set role = excluded.role
   where array_position(c_roles, m.role) < array_position(c_roles, excluded.role);
  return v_invitation.fleet_id;
end
$$;

comment on function private.take_invitation(text) is 'Makes the acting user a member by an invitation.';
alter function private.take_invitation(text) owner to fleetflow_sys;
revoke all on function private.take_invitation(text) from public;
grant execute on function private.take_invitation(text) to fleetflow_fn;
