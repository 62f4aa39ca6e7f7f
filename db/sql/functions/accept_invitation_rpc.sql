-- What: lets the caller into the fleet of an invitation, once.
-- Who: whoever holds the token, known by its hash (SHA-256 in hex).
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.accept_invitation.
create or replace function public.accept_invitation_rpc(
  token_hash text, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(accept_invitation_rpc.actor, 'invitations.accept', true);
begin
  return private.perform('invitations.accept', v_actor, jsonb_build_object('tokenHash', accept_invitation_rpc.token_hash),
    accept_invitation_rpc.idempotency_key);
end
$$;

comment on function public.accept_invitation_rpc(text, jsonb, text) is 'Accepts an invitation.';
alter function public.accept_invitation_rpc(text, jsonb, text) owner to fleetflow_fn;
revoke all on function public.accept_invitation_rpc(text, jsonb, text) from public;
grant execute on function public.accept_invitation_rpc(text, jsonb, text) to fleetflow_api;
