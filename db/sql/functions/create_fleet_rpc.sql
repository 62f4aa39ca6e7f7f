-- What: opens a fleet; the caller is its first owner.
-- Who: any signed-in user.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.create_fleet.
create or replace function public.create_fleet_rpc(
  slug text, name text, currency text, time_zone text, actor jsonb, visibility text default 'public', idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(create_fleet_rpc.actor, 'fleets.create', true);
begin
  return private.perform('fleets.create', v_actor, jsonb_build_object(
      'slug', create_fleet_rpc.slug, 'name', create_fleet_rpc.name, 'currency', create_fleet_rpc.currency,
      'timeZone', create_fleet_rpc.time_zone, 'visibility', coalesce(create_fleet_rpc.visibility, 'public')),
    create_fleet_rpc.idempotency_key);
end
$$;

comment on function public.create_fleet_rpc(text, text, text, text, jsonb, text, text) is 'Opens a fleet.';
alter function public.create_fleet_rpc(text, text, text, text, jsonb, text, text) owner to fleetflow_fn;
revoke all on function public.create_fleet_rpc(text, text, text, text, jsonb, text, text) from public;
grant execute on function public.create_fleet_rpc(text, text, text, text, jsonb, text, text) to fleetflow_api;
