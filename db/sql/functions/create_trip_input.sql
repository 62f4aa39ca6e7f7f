-- What: the input of create_trip, defaults written out: what a key's input is compared by, however a call came.
-- Who: create_trip_rpc and create_trips_rpc, after private.enter, in whose time zone equal instants are equal text.
create or replace function private.create_trip_input(
  car_id uuid, user_id uuid, start_date timestamptz, end_date timestamptz, purpose text, max_total bigint, quote_id uuid, extras jsonb,
  driver_id uuid, alternatives integer
) returns jsonb
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return jsonb_build_object(
    'carId', create_trip_input.car_id, 'userId', create_trip_input.user_id,
    'startDate', create_trip_input.start_date, 'endDate', create_trip_input.end_date,
    'purpose', coalesce(create_trip_input.purpose, 'rental'), 'maxTotal', create_trip_input.max_total,
    'quoteId', create_trip_input.quote_id, 'extras', create_trip_input.extras, 'driverId', create_trip_input.driver_id,
    'alternatives', coalesce(create_trip_input.alternatives, 0));
end
$$;

comment on function private.create_trip_input(uuid, uuid, timestamptz, timestamptz, text, bigint, uuid, jsonb, uuid, integer) is
  'The input of create_trip, defaults written out.';
revoke all on function private.create_trip_input(uuid, uuid, timestamptz, timestamptz, text, bigint, uuid, jsonb, uuid, integer) from public;
grant execute on function private.create_trip_input(uuid, uuid, timestamptz, timestamptz, text, bigint, uuid, jsonb, uuid, integer) to fleetflow_fn;
