-- What: changes the caller's display name. One statement.
-- Who: any signed-in person.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.update_me.
create or replace function public.update_me_rpc(name text, actor jsonb, idempotency_key text default null) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(update_me_rpc.actor, 'me.update', true);
begin
  return private.perform('me.update', v_actor, jsonb_build_object('name', update_me_rpc.name), update_me_rpc.idempotency_key);
end
$$;

comment on function public.update_me_rpc(text, jsonb, text) is 'Changes the caller''s display name.';
alter function public.update_me_rpc(text, jsonb, text) owner to fleetflow_fn;
revoke all on function public.update_me_rpc(text, jsonb, text) from public;
grant execute on function public.update_me_rpc(text, jsonb, text) to fleetflow_api;
