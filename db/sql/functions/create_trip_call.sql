-- What: the input of create_trip from the JSON of one call: an object with the arguments of create_trip_rpc, without dry_run.
-- Who: create_trips_rpc, for each call, after private.enter.
-- Raises: BAD_INPUT (not an object, a member that create_trip_rpc does not have or of another type); what a cast raises.
create or replace function private.create_trip_call(call jsonb) returns jsonb
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if jsonb_typeof(create_trip_call.call) <> 'object' or exists (
    select from jsonb_each(create_trip_call.call) as member
     where case when member.key in ('actor', 'extras') then false
                when jsonb_typeof(member.value) = 'null' then member.key not in ('car_id', 'user_id', 'start_date', 'end_date', 'purpose', 'max_total',
                  'quote_id', 'driver_id', 'idempotency_key', 'alternatives')
                when member.key in ('car_id', 'user_id', 'start_date', 'end_date', 'purpose', 'quote_id', 'driver_id', 'idempotency_key')
                then jsonb_typeof(member.value) <> 'string'
                when member.key in ('max_total', 'alternatives') then jsonb_typeof(member.value) <> 'number'
                else true end)
  then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'calls');
  end if;
  return private.create_trip_input(
    (call ->> 'car_id')::uuid, (call ->> 'user_id')::uuid, (call ->> 'start_date')::timestamptz, (call ->> 'end_date')::timestamptz,
    call ->> 'purpose', (call ->> 'max_total')::bigint, (call ->> 'quote_id')::uuid, nullif(call -> 'extras', 'null'),
    (call ->> 'driver_id')::uuid, (call ->> 'alternatives')::integer);
end
$$;

comment on function private.create_trip_call(jsonb) is 'The input of create_trip from the JSON of one call.';
revoke all on function private.create_trip_call(jsonb) from public;
grant execute on function private.create_trip_call(jsonb) to fleetflow_fn;
