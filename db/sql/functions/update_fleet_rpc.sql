-- What: changes what a fleet is called, who sees it and its time zone. What is absent stays.
-- Who: owners of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.update_fleet.
create or replace function public.update_fleet_rpc(
  fleet text, actor jsonb, slug text default null, name text default null, time_zone text default null, visibility text default null, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(update_fleet_rpc.actor, 'fleets.update', true);
begin
  return private.perform('fleets.update', v_actor, jsonb_build_object(
      'fleet', update_fleet_rpc.fleet, 'slug', update_fleet_rpc.slug, 'name', update_fleet_rpc.name,
      'timeZone', update_fleet_rpc.time_zone, 'visibility', update_fleet_rpc.visibility),
    update_fleet_rpc.idempotency_key);
end
$$;

comment on function public.update_fleet_rpc(text, jsonb, text, text, text, text, text) is 'Changes a fleet.';
alter function public.update_fleet_rpc(text, jsonb, text, text, text, text, text) owner to fleetflow_fn;
revoke all on function public.update_fleet_rpc(text, jsonb, text, text, text, text, text) from public;
grant execute on function public.update_fleet_rpc(text, jsonb, text, text, text, text, text) to fleetflow_api;
