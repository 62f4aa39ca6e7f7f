-- What: books a car for a period. One statement.
-- Who: any signed-in user for themselves; owners and managers of the car's fleet for any renter and any purpose.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.create_trip.
create or replace function public.create_trip_rpc(
  car_id uuid, user_id uuid, start_date timestamptz, end_date timestamptz, actor jsonb, purpose text default 'rental',
  max_total bigint default null, quote_id uuid default null, extras jsonb default null, driver_id uuid default null,
  idempotency_key text default null, dry_run boolean default false, alternatives integer default 0
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(create_trip_rpc.actor, 'trips.create', true);
begin
  return private.perform('trips.create', v_actor, private.create_trip_input(
      create_trip_rpc.car_id, create_trip_rpc.user_id, create_trip_rpc.start_date, create_trip_rpc.end_date, create_trip_rpc.purpose,
      create_trip_rpc.max_total, create_trip_rpc.quote_id, create_trip_rpc.extras, create_trip_rpc.driver_id, create_trip_rpc.alternatives),
    create_trip_rpc.idempotency_key, create_trip_rpc.dry_run);
end
$$;

comment on function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint, uuid, jsonb, uuid, text, boolean, integer) is 'Books a car for a period.';
alter function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint, uuid, jsonb, uuid, text, boolean, integer) owner to fleetflow_fn;
revoke all on function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint, uuid, jsonb, uuid, text, boolean, integer) from public;
grant execute on function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint, uuid, jsonb, uuid, text, boolean, integer) to fleetflow_api;
