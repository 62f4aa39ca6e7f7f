-- What: makes a request a booking, before its limit.
-- Who: owners and managers of the trip's fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.answer_request.
create or replace function public.approve_trip_rpc(
  trip_id uuid, version integer, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(approve_trip_rpc.actor, 'trips.approve', true);
begin
  return private.perform('trips.approve', v_actor, jsonb_build_object(
      'id', approve_trip_rpc.trip_id, 'version', approve_trip_rpc.version),
    approve_trip_rpc.idempotency_key);
end
$$;

comment on function public.approve_trip_rpc(uuid, integer, jsonb, text) is 'Makes a request a booking.';
alter function public.approve_trip_rpc(uuid, integer, jsonb, text) owner to fleetflow_fn;
revoke all on function public.approve_trip_rpc(uuid, integer, jsonb, text) from public;
grant execute on function public.approve_trip_rpc(uuid, integer, jsonb, text) to fleetflow_api;
