-- What: makes an invitation to a fleet: a role, for whoever brings the token or for one e-mail address, for some days.
-- Who: perform, for create_invitation_rpc. Input: fleet, role, email, expiresInDays, secretHash (SHA-256 in hex).
-- Raises: NOT_FOUND (fleet), FORBIDDEN, BAD_INPUT (role, email, expiresInDays, secretHash), QUOTA_EXCEEDED (limit: open ones of a fleet). Locks: the fleet.
create or replace function private.create_invitation(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_most constant integer := 100;
  v_fleet uuid := private.take_fleet(input ->> 'fleet');
  v_email text := private.folded(btrim(input ->> 'email'));
  v_days integer := (input ->> 'expiresInDays')::integer;
  v_fault text := case
    when not coalesce(input ->> 'role' in ('owner', 'manager', 'driver'), false) then 'role'
    when v_email is not null and (length(v_email) > 320 or v_email !~ '^[^@\s]+@[^@\s]+$') then 'email'
    when not coalesce(v_days between 1 and 30, false) then 'expiresInDays'
    when not coalesce(input ->> 'secretHash' ~ '^[0-9a-f]{64}$', false) then 'secretHash' end;
  v_id uuid := private.uuid_v7();
begin
  if v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', v_fault);
  end if;
  if (select count(*) from public.invitations as i
       where i.fleet_id = v_fleet and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()) >= c_most then
    raise exception using errcode = 'FF108', message = 'QUOTA_EXCEEDED', detail = jsonb_build_object('limit', c_most);
  end if;
  insert into public.invitations (id, fleet_id, role, email, token_hash, invited_by, expires_at)
  values (v_id, v_fleet, input ->> 'role', v_email, decode(input ->> 'secretHash', 'hex'), create_invitation.actor, now() + make_interval(days => v_days));
  return private.invitation_json(v_id);
end
$$;

comment on function private.create_invitation(uuid, jsonb) is 'Makes an invitation.';
revoke all on function private.create_invitation(uuid, jsonb) from public;
grant execute on function private.create_invitation(uuid, jsonb) to fleetflow_fn;
