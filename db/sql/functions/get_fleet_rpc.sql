-- What: a fleet (id or slug) and the caller's role in it.
-- Who: any signed-in user who sees the fleet. Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (fleet).
create or replace function public.get_fleet_rpc(fleet text, actor jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(get_fleet_rpc.actor, 'fleets.get', false);
begin
  return private.fleet_json(private.find_fleet(get_fleet_rpc.fleet));
end
$$;

comment on function public.get_fleet_rpc(text, jsonb) is 'A fleet.';
alter function public.get_fleet_rpc(text, jsonb) owner to fleetflow_fn;
revoke all on function public.get_fleet_rpc(text, jsonb) from public;
grant execute on function public.get_fleet_rpc(text, jsonb) to fleetflow_api;
