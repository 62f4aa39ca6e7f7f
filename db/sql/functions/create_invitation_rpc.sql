-- What: makes an invitation, whose token is known by its hash alone (SHA-256 in hex).
-- Who: owners of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.create_invitation.
create or replace function public.create_invitation_rpc(
  fleet text, role text, secret_hash text, actor jsonb, email text default null, expires_in_days integer default 7, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(create_invitation_rpc.actor, 'invitations.create', true);
begin
  return private.perform('invitations.create', v_actor, jsonb_build_object(
      'fleet', create_invitation_rpc.fleet, 'role', create_invitation_rpc.role, 'email', create_invitation_rpc.email,
      'expiresInDays', coalesce(create_invitation_rpc.expires_in_days, 7), 'secretHash', create_invitation_rpc.secret_hash),
    create_invitation_rpc.idempotency_key);
end
$$;

comment on function public.create_invitation_rpc(text, text, text, jsonb, text, integer, text) is 'Makes an invitation.';
alter function public.create_invitation_rpc(text, text, text, jsonb, text, integer, text) owner to fleetflow_fn;
revoke all on function public.create_invitation_rpc(text, text, text, jsonb, text, integer, text) from public;
grant execute on function public.create_invitation_rpc(text, text, text, jsonb, text, integer, text) to fleetflow_api;
