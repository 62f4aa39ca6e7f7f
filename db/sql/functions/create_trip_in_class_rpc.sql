-- What: books any car of a class for a period. One statement.
-- Who: any signed-in user for themselves; owners and managers of the fleet for any renter.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.create_trip_in_class.
create or replace function public.create_trip_in_class_rpc(
  fleet text, car_class text, user_id uuid, start_date timestamptz, end_date timestamptz, actor jsonb, lat integer default null,
  lng integer default null, radius integer default 20000, max_total bigint default null, extras jsonb default null,
  driver_id uuid default null, allocation text default 'auto', alternatives integer default 0, idempotency_key text default null,
  dry_run boolean default false
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(create_trip_in_class_rpc.actor, 'trips.createInClass', true);
begin
  return private.perform('trips.createInClass', v_actor, jsonb_build_object(
      'fleet', create_trip_in_class_rpc.fleet, 'carClass', create_trip_in_class_rpc.car_class, 'userId', create_trip_in_class_rpc.user_id,
      'startDate', create_trip_in_class_rpc.start_date, 'endDate', create_trip_in_class_rpc.end_date,
      'lat', create_trip_in_class_rpc.lat, 'lng', create_trip_in_class_rpc.lng, 'radius', coalesce(create_trip_in_class_rpc.radius, 20000),
      'maxTotal', create_trip_in_class_rpc.max_total, 'extras', create_trip_in_class_rpc.extras,
      'driverId', create_trip_in_class_rpc.driver_id, 'allocation', coalesce(create_trip_in_class_rpc.allocation, 'auto'),
      'alternatives', coalesce(create_trip_in_class_rpc.alternatives, 0)),
    create_trip_in_class_rpc.idempotency_key, create_trip_in_class_rpc.dry_run);
end
$$;

comment on function public.create_trip_in_class_rpc(text, text, uuid, timestamptz, timestamptz, jsonb, integer, integer, integer, bigint, jsonb, uuid, text, integer, text, boolean) is
  'Books any car of a class for a period.';
alter function public.create_trip_in_class_rpc(text, text, uuid, timestamptz, timestamptz, jsonb, integer, integer, integer, bigint, jsonb, uuid, text, integer, text, boolean) owner to fleetflow_fn;
revoke all on function public.create_trip_in_class_rpc(text, text, uuid, timestamptz, timestamptz, jsonb, integer, integer, integer, bigint, jsonb, uuid, text, integer, text, boolean) from public;
grant execute on function public.create_trip_in_class_rpc(text, text, uuid, timestamptz, timestamptz, jsonb, integer, integer, integer, bigint, jsonb, uuid, text, integer, text, boolean) to fleetflow_api;
