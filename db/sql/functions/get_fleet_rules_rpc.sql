-- What: the rules that bind the renters of a fleet (id or slug).
-- Who: any signed-in user who sees the fleet. Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (fleet).
create or replace function public.get_fleet_rules_rpc(fleet text, actor jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(get_fleet_rules_rpc.actor, 'fleets.getRules', false);
  v_fleet uuid := private.find_fleet(get_fleet_rules_rpc.fleet);
begin
  return (select private.rules_json(f) from public.fleets as f where f.id = v_fleet);
end
$$;

comment on function public.get_fleet_rules_rpc(text, jsonb) is 'The rules of a fleet.';
alter function public.get_fleet_rules_rpc(text, jsonb) owner to fleetflow_fn;
revoke all on function public.get_fleet_rules_rpc(text, jsonb) from public;
grant execute on function public.get_fleet_rules_rpc(text, jsonb) to fleetflow_api;
