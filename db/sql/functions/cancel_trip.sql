-- What: cancels a trip that has not begun, frees its car at once and gives back what the trip cost as a new line.
-- Who: perform, for cancel_trip_rpc. Input: id, reason, version.
-- Raises: NOT_FOUND, FORBIDDEN, VERSION_MISMATCH (version), INVALID_STATE (from, operation, allowed),
--   REASON_REQUIRED, BAD_INPUT. Locks: the car, then the trip.
create or replace function private.cancel_trip(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips := private.find_trip((input ->> 'id')::uuid, (input ->> 'version')::integer);
  v_renter boolean := v_trip.booked_by_id = cancel_trip.actor;
  v_manages boolean := v_trip.fleet_id in (select private.my_fleets('{owner,manager}'));
  v_reason text := nullif(btrim(input ->> 'reason', E' \t\n\r'), '');
begin
  if length(v_reason) > 1000 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'reason');
  end if;
  if not exists (select from public.trip_transitions as s where s.from_status = v_trip.status and s.operation = 'cancel')
     or (not v_manages and v_trip.trip_start_date <= now()) then
    perform private.refuse_state(v_trip.status, 'cancel');
  end if;
  if v_reason is null and not (v_renter and v_trip.trip_start_date > now()) then
    raise exception using errcode = 'FF104', message = 'REASON_REQUIRED', detail = jsonb_build_object('field', 'reason');
  end if;

  update public.trips as t
     set status = 'cancelled', cancel_reason = v_reason
   where t.car_id = v_trip.car_id and t.id = v_trip.id;

  insert into public.trip_lines (car_id, trip_id, id, kind, description, quantity, unit_amount, amount)
  select v_trip.car_id, v_trip.id, private.uuid_v7(), 'refund', 'Cancelled', 1, -v_trip.total_cost, -v_trip.total_cost
   where v_trip.total_cost <> 0;
  return (select private.trip_json(t) from public.trips as t where t.car_id = v_trip.car_id and t.id = v_trip.id);
end
$$;

comment on function private.cancel_trip(uuid, jsonb) is 'Cancels a trip that has not begun.';
revoke all on function private.cancel_trip(uuid, jsonb) from public;
grant execute on function private.cancel_trip(uuid, jsonb) to fleetflow_fn;
