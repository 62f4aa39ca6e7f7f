-- What: hands the car of a trip over, from 30 minutes before its start.
-- Who: the trip's renter, and every member of its fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.start_trip.
create or replace function public.start_trip_rpc(
  trip_id uuid, odometer integer, fuel integer, version integer, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(start_trip_rpc.actor, 'trips.start', true);
begin
  return private.perform('trips.start', v_actor, jsonb_build_object(
      'id', start_trip_rpc.trip_id, 'odometer', start_trip_rpc.odometer, 'fuel', start_trip_rpc.fuel,
      'version', start_trip_rpc.version),
    start_trip_rpc.idempotency_key);
end
$$;

comment on function public.start_trip_rpc(uuid, integer, integer, integer, jsonb, text) is 'Hands the car of a trip over.';
alter function public.start_trip_rpc(uuid, integer, integer, integer, jsonb, text) owner to fleetflow_fn;
revoke all on function public.start_trip_rpc(uuid, integer, integer, integer, jsonb, text) from public;
grant execute on function public.start_trip_rpc(uuid, integer, integer, integer, jsonb, text) to fleetflow_api;
