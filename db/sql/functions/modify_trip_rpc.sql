-- What: moves a trip's start, end or both; a rental is priced again by the rates of its booking, the difference is a new line.
-- Who: the trip's renter (once the start has passed, only the end); owners and managers of its fleet. NULL dates stay as they are; a
--   NULL version is not checked.
-- Raises: UNAUTHENTICATED, NOT_FOUND, FORBIDDEN, VERSION_MISMATCH (version), INVALID_STATE (from, operation, allowed),
--   BAD_INPUT, TOO_SOON (earliest), TOO_LONG (maxDays), TRIP_OVERLAP (conflicts, nextFree).
-- Locks: the car, then the trip.
create or replace function public.modify_trip_rpc(
  trip_id uuid, start_date timestamptz, end_date timestamptz, version integer, actor jsonb
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(modify_trip_rpc.actor, true);
  v_trip public.trips := private.find_trip(modify_trip_rpc.trip_id, modify_trip_rpc.version);
  v_start timestamptz := coalesce(modify_trip_rpc.start_date, v_trip.trip_start_date);
  v_end timestamptz := coalesce(modify_trip_rpc.end_date, v_trip.trip_end_date);
  v_manages boolean := v_trip.fleet_id in (select private.my_fleets('{owner,manager}'));
begin
  if v_trip.status not in ('confirmed', 'active')
     or (v_start <> v_trip.trip_start_date and (v_trip.status = 'active' or (not v_manages and v_trip.trip_start_date <= now()))) then
    perform private.refuse_state(v_trip.status, 'modify');
  end if;
  if modify_trip_rpc.start_date is null and modify_trip_rpc.end_date is null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('reason', 'NOTHING_TO_CHANGE');
  end if;
  perform private.check_period(v_start, v_end);
  if not v_manages and ((v_start <> v_trip.trip_start_date and v_start < now()) or (v_end <> v_trip.trip_end_date and v_end < now())) then
    raise exception using errcode = 'FF101', message = 'TOO_SOON', detail = jsonb_build_object(
      'field', case when v_start <> v_trip.trip_start_date and v_start < now() then 'startDate' else 'endDate' end,
      'earliest', private.iso(date_trunc('minute', now()) + interval '1 minute'));
  end if;

  perform private.extend_overdue(v_trip.car_id);
  begin
    update public.trips as t
       set trip_start_date = v_start, trip_end_date = v_end, version = t.version + 1, updated_at = now(),
           cut = false, blocked = private.blocked_range(v_start, v_end, t.prep_minutes, t.turnaround_minutes, t.back_to_back)
     where t.car_id = v_trip.car_id and t.id = v_trip.id;
  exception when exclusion_violation then
    raise exception using errcode = 'FF001', message = 'TRIP_OVERLAP',
      detail = private.overlap_details(v_trip.car_id, v_start, v_end,
        v_trip.prep_minutes, v_trip.turnaround_minutes, v_trip.back_to_back, v_trip.id);
  end;

  insert into public.trip_lines (car_id, trip_id, id, kind, description, quantity, unit_amount, amount)
  select v_trip.car_id, v_trip.id, private.uuid_v7(), 'adjustment', 'Change of times', 1, d.delta, d.delta
    from private.price_change(v_trip, v_start, v_end) as d (delta)
   where d.delta <> 0;
  return (select private.trip_json(t) from public.trips as t where t.car_id = v_trip.car_id and t.id = v_trip.id);
end
$$;

comment on function public.modify_trip_rpc(uuid, timestamptz, timestamptz, integer, jsonb) is 'Moves a trip''s start or end.';
alter function public.modify_trip_rpc(uuid, timestamptz, timestamptz, integer, jsonb) owner to fleetflow_fn;
revoke all on function public.modify_trip_rpc(uuid, timestamptz, timestamptz, integer, jsonb) from public;
grant execute on function public.modify_trip_rpc(uuid, timestamptz, timestamptz, integer, jsonb) to fleetflow_api;
