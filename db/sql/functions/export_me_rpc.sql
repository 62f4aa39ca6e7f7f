-- What: everything that is held about the caller; docs/account.md has the shape. Makes the user of an identity seen for the first time.
-- Who: any signed-in person. Raises: UNAUTHENTICATED, FORBIDDEN (API keys, too).
create or replace function public.export_me_rpc(actor jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(export_me_rpc.actor, 'me.export', true);
begin
  perform private.refuse_key();
  return private.person_json();
end
$$;

comment on function public.export_me_rpc(jsonb) is 'Everything that is held about the caller.';
alter function public.export_me_rpc(jsonb) owner to fleetflow_fn;
revoke all on function public.export_me_rpc(jsonb) from public;
grant execute on function public.export_me_rpc(jsonb) to fleetflow_api;
