-- What: takes the car of a trip back.
-- Who: the trip's renter, and every member of its fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.complete_trip.
create or replace function public.complete_trip_rpc(
  trip_id uuid, odometer integer, fuel integer, version integer, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(complete_trip_rpc.actor, 'trips.complete', true);
begin
  return private.perform('trips.complete', v_actor, jsonb_build_object(
      'id', complete_trip_rpc.trip_id, 'odometer', complete_trip_rpc.odometer, 'fuel', complete_trip_rpc.fuel,
      'version', complete_trip_rpc.version),
    complete_trip_rpc.idempotency_key);
end
$$;

comment on function public.complete_trip_rpc(uuid, integer, integer, integer, jsonb, text) is 'Takes the car of a trip back.';
alter function public.complete_trip_rpc(uuid, integer, integer, integer, jsonb, text) owner to fleetflow_fn;
revoke all on function public.complete_trip_rpc(uuid, integer, integer, integer, jsonb, text) from public;
grant execute on function public.complete_trip_rpc(uuid, integer, integer, integer, jsonb, text) to fleetflow_api;
