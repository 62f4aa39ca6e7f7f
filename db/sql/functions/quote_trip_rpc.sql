-- What: promises the price of a rental for 15 minutes. One statement.
-- Who: any signed-in user for themselves; owners and managers of the car's fleet for any renter.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.quote_trip.
create or replace function public.quote_trip_rpc(
  car_id uuid, start_date timestamptz, end_date timestamptz, actor jsonb, extras jsonb default '[]', user_id uuid default null,
  preview boolean default false, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(quote_trip_rpc.actor, 'trips.quote', true);
begin
  return private.perform('trips.quote', v_actor, jsonb_build_object(
      'carId', quote_trip_rpc.car_id, 'userId', quote_trip_rpc.user_id,
      'startDate', quote_trip_rpc.start_date, 'endDate', quote_trip_rpc.end_date,
      'extras', coalesce(quote_trip_rpc.extras, '[]'), 'preview', coalesce(quote_trip_rpc.preview, false)),
    quote_trip_rpc.idempotency_key);
end
$$;

comment on function public.quote_trip_rpc(uuid, timestamptz, timestamptz, jsonb, jsonb, uuid, boolean, text) is 'Promises the price of a rental for 15 minutes.';
alter function public.quote_trip_rpc(uuid, timestamptz, timestamptz, jsonb, jsonb, uuid, boolean, text) owner to fleetflow_fn;
revoke all on function public.quote_trip_rpc(uuid, timestamptz, timestamptz, jsonb, jsonb, uuid, boolean, text) from public;
grant execute on function public.quote_trip_rpc(uuid, timestamptz, timestamptz, jsonb, jsonb, uuid, boolean, text) to fleetflow_api;
