-- What: lets the caller into the fleet of an invitation; answers the fleet. A member keeps a role that is higher.
-- Who: perform, for accept_invitation_rpc. Input: tokenHash.
-- Raises: FORBIDDEN (API keys), INVITATION_INVALID (the same for every reason). Locks: the fleet.
create or replace function private.accept_invitation(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid;
begin
  perform private.refuse_key();
  v_fleet := private.take_invitation(input ->> 'tokenHash');
  if v_fleet is null then
    raise exception using errcode = 'FF110', message = 'INVITATION_INVALID';
  end if;
  return private.fleet_json(v_fleet);
end
$$;

comment on function private.accept_invitation(uuid, jsonb) is 'Accepts an invitation.';
revoke all on function private.accept_invitation(uuid, jsonb) from public;
grant execute on function private.accept_invitation(uuid, jsonb) to fleetflow_fn;
