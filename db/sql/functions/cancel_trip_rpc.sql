-- What: cancels a trip that has not begun, frees its car at once and gives back what its policy says.
-- Who: the trip's renter before its start; owners and managers of its fleet any time, with a reason (also for their own, once it has begun).
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.cancel_trip.
create or replace function public.cancel_trip_rpc(
  trip_id uuid, reason text, version integer, actor jsonb, expected_refund bigint default null, idempotency_key text default null,
  dry_run boolean default false
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(cancel_trip_rpc.actor, 'trips.cancel', true);
begin
  return private.perform('trips.cancel', v_actor, jsonb_build_object(
      'id', cancel_trip_rpc.trip_id, 'reason', cancel_trip_rpc.reason, 'version', cancel_trip_rpc.version,
      'expectedRefund', cancel_trip_rpc.expected_refund),
    cancel_trip_rpc.idempotency_key, cancel_trip_rpc.dry_run);
end
$$;

comment on function public.cancel_trip_rpc(uuid, text, integer, jsonb, bigint, text, boolean) is 'Cancels a trip that has not begun.';
alter function public.cancel_trip_rpc(uuid, text, integer, jsonb, bigint, text, boolean) owner to fleetflow_fn;
revoke all on function public.cancel_trip_rpc(uuid, text, integer, jsonb, bigint, text, boolean) from public;
grant execute on function public.cancel_trip_rpc(uuid, text, integer, jsonb, bigint, text, boolean) to fleetflow_api;
