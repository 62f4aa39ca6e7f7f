-- What: ends an API key at once. One statement.
-- Who: owners of its fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.revoke_api_key.
create or replace function public.revoke_api_key_rpc(key_id uuid, actor jsonb, idempotency_key text default null) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(revoke_api_key_rpc.actor, 'apiKeys.revoke', true);
begin
  return private.perform('apiKeys.revoke', v_actor, jsonb_build_object('id', revoke_api_key_rpc.key_id), revoke_api_key_rpc.idempotency_key);
end
$$;

comment on function public.revoke_api_key_rpc(uuid, jsonb, text) is 'Ends an API key.';
alter function public.revoke_api_key_rpc(uuid, jsonb, text) owner to fleetflow_fn;
revoke all on function public.revoke_api_key_rpc(uuid, jsonb, text) from public;
grant execute on function public.revoke_api_key_rpc(uuid, jsonb, text) to fleetflow_api;
