-- What: takes an invitation back; one that was taken back or has expired stays as it is.
-- Who: perform, for revoke_invitation_rpc. Input: id.
-- Raises: NOT_FOUND (id: absent, or of a fleet that the caller does not own; fleet), FORBIDDEN (administrators),
--   INVITATION_INVALID (accepted already). Locks: the fleet.
create or replace function private.revoke_invitation(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_id uuid := (input ->> 'id')::uuid;
  v_fleet uuid;
begin
  select i.fleet_id into v_fleet from public.invitations as i where i.id = v_id;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'id');
  end if;
  perform private.take_fleet(v_fleet::text);
  update public.invitations as i set revoked_at = coalesce(i.revoked_at, now()) where i.id = v_id and i.accepted_at is null;
  if not found then
    raise exception using errcode = 'FF110', message = 'INVITATION_INVALID';
  end if;
  return private.invitation_json(v_id);
end
$$;

comment on function private.revoke_invitation(uuid, jsonb) is 'Takes an invitation back.';
revoke all on function private.revoke_invitation(uuid, jsonb) from public;
grant execute on function private.revoke_invitation(uuid, jsonb) to fleetflow_fn;
