-- What: moves a trip's start, end or both; a rental is priced again by the rates of its booking, the difference is a new line.
-- Who: the trip's renter (once the start has passed, only the end); owners and managers of its fleet. NULL dates stay as they are;
--   a NULL version is not checked.
-- Raises: UNAUTHENTICATED. Answers perform's outcome of private.modify_trip.
create or replace function public.modify_trip_rpc(
  trip_id uuid, start_date timestamptz, end_date timestamptz, version integer, actor jsonb, idempotency_key text default null,
  dry_run boolean default false, alternatives integer default 0
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(modify_trip_rpc.actor, true);
begin
  return private.perform('trips.modify', v_actor, jsonb_build_object(
      'id', modify_trip_rpc.trip_id, 'startDate', modify_trip_rpc.start_date, 'endDate', modify_trip_rpc.end_date, 'version', modify_trip_rpc.version,
      'alternatives', modify_trip_rpc.alternatives),
    modify_trip_rpc.idempotency_key, modify_trip_rpc.dry_run);
end
$$;

comment on function public.modify_trip_rpc(uuid, timestamptz, timestamptz, integer, jsonb, text, boolean, integer) is 'Moves a trip''s start or end.';
alter function public.modify_trip_rpc(uuid, timestamptz, timestamptz, integer, jsonb, text, boolean, integer) owner to fleetflow_fn;
revoke all on function public.modify_trip_rpc(uuid, timestamptz, timestamptz, integer, jsonb, text, boolean, integer) from public;
grant execute on function public.modify_trip_rpc(uuid, timestamptz, timestamptz, integer, jsonb, text, boolean, integer) to fleetflow_api;
