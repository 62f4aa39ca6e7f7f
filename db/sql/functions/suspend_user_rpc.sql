-- What: suspends a person from the next call on. One statement.
-- Who: administrators.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.suspend_user.
create or replace function public.suspend_user_rpc(user_id uuid, actor jsonb, reason text default null, idempotency_key text default null) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(suspend_user_rpc.actor, 'users.suspend', true);
begin
  return private.perform('users.suspend', v_actor, jsonb_build_object('id', suspend_user_rpc.user_id, 'reason', suspend_user_rpc.reason),
    suspend_user_rpc.idempotency_key);
end
$$;

comment on function public.suspend_user_rpc(uuid, jsonb, text, text) is 'Suspends a person from the next call on.';
alter function public.suspend_user_rpc(uuid, jsonb, text, text) owner to fleetflow_fn;
revoke all on function public.suspend_user_rpc(uuid, jsonb, text, text) from public;
grant execute on function public.suspend_user_rpc(uuid, jsonb, text, text) to fleetflow_api;
