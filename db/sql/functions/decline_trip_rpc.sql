-- What: says no to a request, before its limit; the car is free at once.
-- Who: owners and managers of the trip's fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.answer_request.
create or replace function public.decline_trip_rpc(
  trip_id uuid, reason text, version integer, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(decline_trip_rpc.actor, 'trips.decline', true);
begin
  return private.perform('trips.decline', v_actor, jsonb_build_object(
      'id', decline_trip_rpc.trip_id, 'reason', decline_trip_rpc.reason, 'version', decline_trip_rpc.version),
    decline_trip_rpc.idempotency_key);
end
$$;

comment on function public.decline_trip_rpc(uuid, text, integer, jsonb, text) is 'Says no to a request.';
alter function public.decline_trip_rpc(uuid, text, integer, jsonb, text) owner to fleetflow_fn;
revoke all on function public.decline_trip_rpc(uuid, text, integer, jsonb, text) from public;
grant execute on function public.decline_trip_rpc(uuid, text, integer, jsonb, text) to fleetflow_api;
