-- What: removes the caller and keeps their trips. One statement. `confirm` is the word erase. Whoever is not known has been erased or never was.
-- Who: any signed-in person.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.erase_me.
create or replace function public.erase_me_rpc(confirm text, actor jsonb, idempotency_key text default null) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(erase_me_rpc.actor, 'me.erase', false);
begin
  if v_actor is null then
    return '{"answer": {"erased": true}}';
  end if;
  return private.perform('me.erase', v_actor, jsonb_build_object('confirm', erase_me_rpc.confirm), erase_me_rpc.idempotency_key);
end
$$;

comment on function public.erase_me_rpc(text, jsonb, text) is 'Removes the caller.';
alter function public.erase_me_rpc(text, jsonb, text) owner to fleetflow_fn;
revoke all on function public.erase_me_rpc(text, jsonb, text) from public;
grant execute on function public.erase_me_rpc(text, jsonb, text) to fleetflow_api;
