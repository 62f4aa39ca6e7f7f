-- What: an invitation as the API shows it, to those whose policies show them the row; never a token or its hash.
--   status: open, or accepted, revoked, expired, or void where who made it owns the fleet no more.
-- Who: functions about invitations.
create or replace function private.invitation_json(invitation_id uuid) returns jsonb
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object(
    'id', i.id,
    'fleetId', i.fleet_id,
    'role', i.role,
    'email', i.email,
    'invitedById', i.invited_by,
    'status', case
      when i.accepted_at is not null then 'accepted'
      when i.revoked_at is not null then 'revoked'
      when i.expires_at <= now() then 'expired'
      when not private.may_invite(i.fleet_id, i.invited_by) then 'void'
      else 'open' end,
    'expiresAt', private.iso(i.expires_at),
    'acceptedById', i.accepted_by,
    'acceptedAt', private.iso(i.accepted_at),
    'revokedAt', private.iso(i.revoked_at),
    'createdAt', private.iso(i.created_at))
    from public.invitations as i
   where i.id = invitation_json.invitation_id
$$;

comment on function private.invitation_json(uuid) is 'An invitation as the API shows it.';
revoke all on function private.invitation_json(uuid) from public;
grant execute on function private.invitation_json(uuid) to fleetflow_fn;
