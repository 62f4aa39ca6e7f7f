-- What: says that the renter never came, from 30 minutes after the start, and frees the car.
-- Who: owners and managers of the trip's fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.no_show_trip.
create or replace function public.no_show_trip_rpc(
  trip_id uuid, version integer, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(no_show_trip_rpc.actor, 'trips.noShow', true);
begin
  return private.perform('trips.noShow', v_actor, jsonb_build_object(
      'id', no_show_trip_rpc.trip_id, 'version', no_show_trip_rpc.version),
    no_show_trip_rpc.idempotency_key);
end
$$;

comment on function public.no_show_trip_rpc(uuid, integer, jsonb, text) is 'Says that a renter never came.';
alter function public.no_show_trip_rpc(uuid, integer, jsonb, text) owner to fleetflow_fn;
revoke all on function public.no_show_trip_rpc(uuid, integer, jsonb, text) from public;
grant execute on function public.no_show_trip_rpc(uuid, integer, jsonb, text) to fleetflow_api;
