-- What: keeps a car for 1 to 30 minutes for somebody who is about to book it. One statement.
-- Who: any signed-in user for themselves, at most three at a time; owners and managers of the car's fleet for any renter.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.hold_trip.
create or replace function public.hold_trip_rpc(
  car_id uuid, user_id uuid, start_date timestamptz, end_date timestamptz, actor jsonb, minutes integer default 10,
  max_total bigint default null, quote_id uuid default null, extras jsonb default null, driver_id uuid default null,
  idempotency_key text default null, alternatives integer default 0
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(hold_trip_rpc.actor, 'trips.hold', true);
begin
  return private.perform('trips.hold', v_actor, jsonb_build_object(
      'carId', hold_trip_rpc.car_id, 'userId', hold_trip_rpc.user_id,
      'startDate', hold_trip_rpc.start_date, 'endDate', hold_trip_rpc.end_date, 'minutes', coalesce(hold_trip_rpc.minutes, 10),
      'maxTotal', hold_trip_rpc.max_total, 'quoteId', hold_trip_rpc.quote_id, 'extras', hold_trip_rpc.extras,
      'driverId', hold_trip_rpc.driver_id, 'alternatives', coalesce(hold_trip_rpc.alternatives, 0)),
    hold_trip_rpc.idempotency_key);
end
$$;

comment on function public.hold_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, integer, bigint, uuid, jsonb, uuid, text, integer) is 'Keeps a car for somebody who is about to book it.';
alter function public.hold_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, integer, bigint, uuid, jsonb, uuid, text, integer) owner to fleetflow_fn;
revoke all on function public.hold_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, integer, bigint, uuid, jsonb, uuid, text, integer) from public;
grant execute on function public.hold_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, integer, bigint, uuid, jsonb, uuid, text, integer) to fleetflow_api;
