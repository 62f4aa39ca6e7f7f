-- What: changes a trip's times, car, extras or driver. What is NULL stays as it is; `drop_driver` leaves the trip without a driver;
--   `reprice`, beside a car, charges what the new car's plan asks. A NULL version is not checked.
-- Who: the trip's renter (once the start has passed, only the end); owners and managers of its fleet, who alone give it another car.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.modify_trip.
create or replace function public.modify_trip_rpc(
  trip_id uuid, start_date timestamptz, end_date timestamptz, version integer, actor jsonb, car_id uuid default null,
  extras jsonb default null, driver_id uuid default null, drop_driver boolean default false, reprice boolean default false,
  idempotency_key text default null, dry_run boolean default false, alternatives integer default 0
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(modify_trip_rpc.actor, 'trips.modify', true);
begin
  return private.perform('trips.modify', v_actor, jsonb_build_object(
      'id', modify_trip_rpc.trip_id, 'startDate', modify_trip_rpc.start_date, 'endDate', modify_trip_rpc.end_date, 'version', modify_trip_rpc.version,
      'carId', modify_trip_rpc.car_id, 'extras', modify_trip_rpc.extras, 'driverId', modify_trip_rpc.driver_id,
      'dropDriver', coalesce(modify_trip_rpc.drop_driver, false), 'reprice', coalesce(modify_trip_rpc.reprice, false),
      'alternatives', coalesce(modify_trip_rpc.alternatives, 0)),
    modify_trip_rpc.idempotency_key, modify_trip_rpc.dry_run);
end
$$;

comment on function public.modify_trip_rpc(uuid, timestamptz, timestamptz, integer, jsonb, uuid, jsonb, uuid, boolean, boolean, text, boolean, integer) is
  'Changes a trip''s times, car, extras or driver.';
alter function public.modify_trip_rpc(uuid, timestamptz, timestamptz, integer, jsonb, uuid, jsonb, uuid, boolean, boolean, text, boolean, integer) owner to fleetflow_fn;
revoke all on function public.modify_trip_rpc(uuid, timestamptz, timestamptz, integer, jsonb, uuid, jsonb, uuid, boolean, boolean, text, boolean, integer) from public;
grant execute on function public.modify_trip_rpc(uuid, timestamptz, timestamptz, integer, jsonb, uuid, jsonb, uuid, boolean, boolean, text, boolean, integer)
  to fleetflow_api;
