-- What: books the occurrences of a recurrence on one car, given as local times of the car and one length by the clock. One statement.
-- Who: any signed-in user for themselves; owners and managers of the car's fleet for any renter and any purpose.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.create_trip_series.
create or replace function public.create_trip_series_rpc(
  car_id uuid, user_id uuid, local_starts jsonb, minutes integer, actor jsonb, purpose text default 'rental', on_conflict text default 'refuse',
  extras jsonb default null, max_total bigint default null, idempotency_key text default null, dry_run boolean default false
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(create_trip_series_rpc.actor, 'trips.createSeries', true);
begin
  return private.perform('trips.createSeries', v_actor, jsonb_build_object(
      'carId', create_trip_series_rpc.car_id, 'userId', create_trip_series_rpc.user_id,
      'localStarts', create_trip_series_rpc.local_starts, 'minutes', create_trip_series_rpc.minutes,
      'purpose', coalesce(create_trip_series_rpc.purpose, 'rental'), 'onConflict', coalesce(create_trip_series_rpc.on_conflict, 'refuse'),
      'extras', create_trip_series_rpc.extras, 'maxTotal', create_trip_series_rpc.max_total),
    create_trip_series_rpc.idempotency_key, create_trip_series_rpc.dry_run);
end
$$;

comment on function public.create_trip_series_rpc(uuid, uuid, jsonb, integer, jsonb, text, text, jsonb, bigint, text, boolean) is
  'Books the occurrences of a recurrence on one car.';
alter function public.create_trip_series_rpc(uuid, uuid, jsonb, integer, jsonb, text, text, jsonb, bigint, text, boolean) owner to fleetflow_fn;
revoke all on function public.create_trip_series_rpc(uuid, uuid, jsonb, integer, jsonb, text, text, jsonb, bigint, text, boolean) from public;
grant execute on function public.create_trip_series_rpc(uuid, uuid, jsonb, integer, jsonb, text, text, jsonb, bigint, text, boolean) to fleetflow_api;
