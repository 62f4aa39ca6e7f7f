-- What: sets the rules of a fleet for bookings to come. One statement. Rules that are absent stay, null takes one away.
-- Who: owners and managers of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.set_fleet_rules.
create or replace function public.set_fleet_rules_rpc(
  fleet text, rules jsonb, actor jsonb, version integer default null, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(set_fleet_rules_rpc.actor, 'fleets.setRules', true);
begin
  return private.perform('fleets.setRules', v_actor, jsonb_build_object(
      'fleet', set_fleet_rules_rpc.fleet, 'rules', set_fleet_rules_rpc.rules, 'version', set_fleet_rules_rpc.version),
    set_fleet_rules_rpc.idempotency_key);
end
$$;

comment on function public.set_fleet_rules_rpc(text, jsonb, jsonb, integer, text) is 'Sets the rules of a fleet.';
alter function public.set_fleet_rules_rpc(text, jsonb, jsonb, integer, text) owner to fleetflow_fn;
revoke all on function public.set_fleet_rules_rpc(text, jsonb, jsonb, integer, text) from public;
grant execute on function public.set_fleet_rules_rpc(text, jsonb, jsonb, integer, text) to fleetflow_api;
