-- What: takes an invitation back.
-- Who: owners of its fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.revoke_invitation.
create or replace function public.revoke_invitation_rpc(
  invitation_id uuid, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(revoke_invitation_rpc.actor, 'invitations.revoke', true);
begin
  return private.perform('invitations.revoke', v_actor, jsonb_build_object('id', revoke_invitation_rpc.invitation_id),
    revoke_invitation_rpc.idempotency_key);
end
$$;

comment on function public.revoke_invitation_rpc(uuid, jsonb, text) is 'Takes an invitation back.';
alter function public.revoke_invitation_rpc(uuid, jsonb, text) owner to fleetflow_fn;
revoke all on function public.revoke_invitation_rpc(uuid, jsonb, text) from public;
grant execute on function public.revoke_invitation_rpc(uuid, jsonb, text) to fleetflow_api;
