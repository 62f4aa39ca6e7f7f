-- What: lets two confirmed trips of a fleet change cars. NULL versions are not checked.
-- Who: owners and managers of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.swap_trips.
create or replace function public.swap_trips_rpc(
  trip_id uuid, other_trip_id uuid, version integer, other_version integer, actor jsonb, idempotency_key text default null,
  dry_run boolean default false
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(swap_trips_rpc.actor, 'trips.swap', true);
begin
  return private.perform('trips.swap', v_actor, jsonb_build_object(
      'id', swap_trips_rpc.trip_id, 'otherId', swap_trips_rpc.other_trip_id,
      'version', swap_trips_rpc.version, 'otherVersion', swap_trips_rpc.other_version),
    swap_trips_rpc.idempotency_key, swap_trips_rpc.dry_run);
end
$$;

comment on function public.swap_trips_rpc(uuid, uuid, integer, integer, jsonb, text, boolean) is 'Lets two trips change cars.';
alter function public.swap_trips_rpc(uuid, uuid, integer, integer, jsonb, text, boolean) owner to fleetflow_fn;
revoke all on function public.swap_trips_rpc(uuid, uuid, integer, integer, jsonb, text, boolean) from public;
grant execute on function public.swap_trips_rpc(uuid, uuid, integer, integer, jsonb, text, boolean) to fleetflow_api;
