-- What: lets a suspended person in again. One statement.
-- Who: administrators.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.reinstate_user.
create or replace function public.reinstate_user_rpc(user_id uuid, actor jsonb, idempotency_key text default null) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(reinstate_user_rpc.actor, 'users.reinstate', true);
begin
  return private.perform('users.reinstate', v_actor, jsonb_build_object('id', reinstate_user_rpc.user_id), reinstate_user_rpc.idempotency_key);
end
$$;

comment on function public.reinstate_user_rpc(uuid, jsonb, text) is 'Lets a suspended person in again.';
alter function public.reinstate_user_rpc(uuid, jsonb, text) owner to fleetflow_fn;
revoke all on function public.reinstate_user_rpc(uuid, jsonb, text) from public;
grant execute on function public.reinstate_user_rpc(uuid, jsonb, text) to fleetflow_api;
