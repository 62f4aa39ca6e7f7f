-- What: makes an API key for scripts and services of a fleet. One statement. The key itself never comes here, only its hash and its last four characters.
-- Who: owners of the fleet, never a key.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.create_api_key.
create or replace function public.create_api_key_rpc(
  fleet text, name text, role text, procedures jsonb, secret_hash text, secret_hint text, actor jsonb, expires_in_days integer default 90,
  idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(create_api_key_rpc.actor, 'apiKeys.create', true);
begin
  return private.perform('apiKeys.create', v_actor, jsonb_build_object(
      'fleet', create_api_key_rpc.fleet, 'name', create_api_key_rpc.name, 'role', create_api_key_rpc.role,
      'procedures', create_api_key_rpc.procedures, 'expiresInDays', coalesce(create_api_key_rpc.expires_in_days, 90),
      'secretHash', create_api_key_rpc.secret_hash, 'secretHint', create_api_key_rpc.secret_hint),
    create_api_key_rpc.idempotency_key);
end
$$;

comment on function public.create_api_key_rpc(text, text, text, jsonb, text, text, jsonb, integer, text) is 'Makes an API key of a fleet.';
alter function public.create_api_key_rpc(text, text, text, jsonb, text, text, jsonb, integer, text) owner to fleetflow_fn;
revoke all on function public.create_api_key_rpc(text, text, text, jsonb, text, text, jsonb, integer, text) from public;
grant execute on function public.create_api_key_rpc(text, text, text, jsonb, text, text, jsonb, integer, text) to fleetflow_api;
