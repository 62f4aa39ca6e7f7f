-- What: says that the renter never came, from 30 minutes after the start, and frees the car. What was booked stays charged.
-- Who: perform, for no_show_trip_rpc. Input: id, version.
-- Raises: NOT_FOUND, FORBIDDEN, VERSION_MISMATCH (version), INVALID_STATE (from, operation, allowed), TOO_SOON (earliest),
--   DRIVER_BUSY (windows).
-- Locks: the car, then the trip.
create or replace function private.no_show_trip(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips := private.find_trip((input ->> 'id')::uuid, (input ->> 'version')::integer);
  v_earliest timestamptz := v_trip.trip_start_date + interval '30 minutes';
begin
  if v_trip.fleet_id not in (select private.my_fleets('{owner,manager}')) then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if v_trip.status <> 'confirmed' or v_trip.purpose <> 'rental' then
    perform private.refuse_trip(v_trip, 'no_show');
  end if;
  if now() < v_earliest then
    raise exception using errcode = 'FF101', message = 'TOO_SOON', detail = jsonb_build_object('earliest', private.iso(v_earliest));
  end if;
  update public.trips as t set status = 'no_show', at_risk = false where t.car_id = v_trip.car_id and t.id = v_trip.id returning t.* into v_trip;
  perform private.assign_driver(v_trip);
  return private.trip_json(v_trip);
end
$$;

comment on function private.no_show_trip(uuid, jsonb) is 'Says that a renter never came.';
revoke all on function private.no_show_trip(uuid, jsonb) from public;
grant execute on function private.no_show_trip(uuid, jsonb) to fleetflow_fn;
