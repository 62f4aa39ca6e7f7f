-- What: makes the moves of a plan, all or none. Answers what has come in between all the same, as plan_changes does; empty when all moved.
--   Bookings of a class take no lock while they try a car, so one of them can be faster than a plan that has been compared.
-- Who: block_car, with moves that plan_changes found nothing against, so that what move_trips refuses beside an overlap does not occur.
-- Raises: NOT_FOUND, INVALID_STATE, DRIVER_BUSY. Catches: TRIP_OVERLAP. Locks: those of move_trips.
create or replace function private.move_planned(moves jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_detail text;
begin
  perform private.move_trips(move_planned.moves);
  return '[]';
exception when sqlstate 'FF001' then
  get stacked diagnostics v_detail = pg_exception_detail;
  return jsonb_build_array(jsonb_build_object('tripId', v_detail::jsonb -> 'exceptTripId', 'change', 'TARGET_TAKEN'));
end
$$;

comment on function private.move_planned(jsonb) is 'Makes the moves of a plan, all or none.';
revoke all on function private.move_planned(jsonb) from public;
grant execute on function private.move_planned(jsonb) to fleetflow_fn;
