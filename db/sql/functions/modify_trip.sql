-- What: moves a trip's start, end or both; a rental is priced again by the rates of its booking, the differences are new lines.
-- Who: perform, for modify_trip_rpc. Input: id, startDate, endDate, version.
-- Raises: NOT_FOUND, FORBIDDEN, VERSION_MISMATCH (version), INVALID_STATE (from, operation, allowed),
--   BAD_INPUT, TOO_SOON (earliest), TOO_LONG (limit, nearest), TOO_SHORT, TOO_FAR, OUTSIDE_HOURS, NOT_PRICED,
--   TRIP_OVERLAP (conflicts, nextFree).
-- Locks: the car, then the trip.
create or replace function private.modify_trip(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips := private.find_trip((input ->> 'id')::uuid, (input ->> 'version')::integer);
  v_start timestamptz := coalesce((input ->> 'startDate')::timestamptz, v_trip.trip_start_date);
  v_end timestamptz := coalesce((input ->> 'endDate')::timestamptz, v_trip.trip_end_date);
  v_manages boolean := v_trip.fleet_id in (select private.my_fleets('{owner,manager}'));
  v_car public.cars;
  v_priced jsonb;
begin
  if v_trip.status not in ('confirmed', 'active')
     or (v_start <> v_trip.trip_start_date and (v_trip.status = 'active' or (not v_manages and v_trip.trip_start_date <= now()))) then
    perform private.refuse_state(v_trip.status, 'modify');
  end if;
  if input ->> 'startDate' is null and input ->> 'endDate' is null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('reason', 'NOTHING_TO_CHANGE');
  end if;
  perform private.check_period(v_start, v_end);
  if not v_manages and ((v_start <> v_trip.trip_start_date and v_start < now()) or (v_end <> v_trip.trip_end_date and v_end < now())) then
    raise exception using errcode = 'FF101', message = 'TOO_SOON', detail = jsonb_build_object(
      'field', case when v_start <> v_trip.trip_start_date and v_start < now() then 'startDate' else 'endDate' end,
      'earliest', private.iso(date_trunc('minute', now()) + interval '1 minute'));
  end if;

  select c.* into v_car from public.cars as c where c.id = v_trip.car_id;
  perform private.check_change(v_car, v_trip.purpose, v_start, v_end, v_manages,
    tstzrange(v_trip.trip_start_date, v_trip.trip_end_date));
  perform private.extend_overdue(v_trip.car_id);
  v_priced := private.reprice_lines(v_trip, null, v_start, v_end);
  begin
    update public.trips as t
       set trip_start_date = v_start, trip_end_date = v_end, cut = false, pricing = v_priced -> 'pricing',
           blocked = private.blocked_range(v_start, v_end, t.prep_minutes, t.turnaround_minutes, t.back_to_back)
     where t.car_id = v_trip.car_id and t.id = v_trip.id;
  exception when exclusion_violation then
    perform private.refuse_overlap(v_trip.car_id, v_start, v_end,
      v_trip.prep_minutes, v_trip.turnaround_minutes, v_trip.back_to_back, v_trip.id);
  end;

  perform private.add_lines(v_trip.car_id, v_trip.id, v_priced -> 'lines');
  return (select private.trip_json(t) from public.trips as t where t.car_id = v_trip.car_id and t.id = v_trip.id);
end
$$;

comment on function private.modify_trip(uuid, jsonb) is 'Moves a trip''s start or end.';
revoke all on function private.modify_trip(uuid, jsonb) from public;
grant execute on function private.modify_trip(uuid, jsonb) to fleetflow_fn;
