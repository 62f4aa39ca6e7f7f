-- What: a fleet's answer to a request, in time: approved it is a booking, declined it costs nothing.
-- Who: perform, for approve_trip_rpc and decline_trip_rpc. Input: id, version, reason. A request past its limit has expired.
-- Raises: NOT_FOUND, FORBIDDEN, VERSION_MISMATCH (version), INVALID_STATE (from, operation, allowed), BAD_INPUT,
--   DRIVER_BUSY (windows).
-- Locks: the car, the trip, then the driver.
create or replace function private.answer_request(actor uuid, input jsonb, operation text) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips := private.find_trip((input ->> 'id')::uuid, (input ->> 'version')::integer);
  v_reason text := private.reason_of(input);
begin
  if v_trip.fleet_id not in (select private.my_fleets('{owner,manager}')) then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if v_trip.status <> 'requested' then
    perform private.refuse_trip(v_trip, answer_request.operation);
  end if;
  perform private.lock_users(array[v_trip.driver_id]);
  update public.trips as t
     set status = case answer_request.operation when 'approve' then 'confirmed' else 'declined' end, cancel_reason = v_reason
   where t.car_id = v_trip.car_id and t.id = v_trip.id;
  if answer_request.operation = 'decline' then
    perform private.give_back(v_trip, v_trip.total_cost, 'Declined');
  end if;
  select t.* into v_trip from public.trips as t where t.car_id = v_trip.car_id and t.id = v_trip.id;
  perform private.assign_driver(v_trip);
  return private.trip_json(v_trip);
end
$$;

comment on function private.answer_request(uuid, jsonb, text) is 'A fleet''s answer to a request.';
revoke all on function private.answer_request(uuid, jsonb, text) from public;
grant execute on function private.answer_request(uuid, jsonb, text) to fleetflow_fn;
