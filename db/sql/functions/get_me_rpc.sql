-- What: who the caller is and which fleets they work in; makes the user of an identity seen for the first time.
-- Who: any signed-in user. Raises: UNAUTHENTICATED, FORBIDDEN.
create or replace function public.get_me_rpc(actor jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(get_me_rpc.actor, 'me.get', true);
begin
  return private.me_json(v_actor);
end
$$;

comment on function public.get_me_rpc(jsonb) is 'Who the caller is.';
alter function public.get_me_rpc(jsonb) owner to fleetflow_fn;
revoke all on function public.get_me_rpc(jsonb) from public;
grant execute on function public.get_me_rpc(jsonb) to fleetflow_api;
