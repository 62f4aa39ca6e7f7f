-- What: cancels a trip that has not begun, frees its car at once and gives back what its policy says as a line of its own.
-- Who: perform, for cancel_trip_rpc. Input: id, reason, version, expectedRefund.
-- Raises: NOT_FOUND, FORBIDDEN, VERSION_MISMATCH (version), INVALID_STATE (from, operation, allowed), REASON_REQUIRED, BAD_INPUT,
--   REFUND_CHANGED (refund, fee, currency, policy, tier, nextEdge), DRIVER_BUSY (windows). Locks: the car, then the trip.
create or replace function private.cancel_trip(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips := private.find_trip((input ->> 'id')::uuid, (input ->> 'version')::integer);
  v_renter boolean := v_trip.booked_by_id = cancel_trip.actor;
  v_manages boolean := v_trip.fleet_id in (select private.my_fleets('{owner,manager}'));
  v_reason text := private.reason_of(input);
  v_terms jsonb;
begin
  if 'cancel' <> all (private.allowed_operations(v_trip)) then
    perform private.refuse_trip(v_trip, 'cancel');
  end if;
  if v_reason is null and not (v_renter and (v_trip.trip_start_date > now() or v_trip.status in ('held', 'requested'))) then
    raise exception using errcode = 'FF104', message = 'REASON_REQUIRED', detail = jsonb_build_object('field', 'reason');
  end if;
  v_terms := private.cancel_terms(v_trip, v_manages);
  if (v_terms ->> 'refund')::bigint <> (input ->> 'expectedRefund')::bigint then
    raise exception using errcode = 'FF007', message = 'REFUND_CHANGED', detail = v_terms;
  end if;

  update public.trips as t
     set status = 'cancelled', cancel_reason = v_reason, at_risk = false
   where t.car_id = v_trip.car_id and t.id = v_trip.id;
  perform private.give_back(v_trip, (v_terms ->> 'refund')::bigint, 'Cancelled');
  select t.* into v_trip from public.trips as t where t.car_id = v_trip.car_id and t.id = v_trip.id;
  perform private.assign_driver(v_trip);
  return private.trip_json(v_trip);
end
$$;

comment on function private.cancel_trip(uuid, jsonb) is 'Cancels a trip that has not begun.';
revoke all on function private.cancel_trip(uuid, jsonb) from public;
grant execute on function private.cancel_trip(uuid, jsonb) to fleetflow_fn;
