-- What: a trip as it will be on another car: what the move says, the new car's buffers and bounds (the trip's own where the car stays),
--   no cost yet (its lines follow it), one version on.
-- Who: move_trips.
create or replace function private.moved_trip(trip public.trips, move jsonb) returns public.trips
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips := moved_trip.trip;
begin
  if v_trip.car_id <> (move ->> 'carId')::uuid then
    select c.id, c.prep_minutes, c.turnaround_minutes, c.back_to_back
      into v_trip.car_id, v_trip.prep_minutes, v_trip.turnaround_minutes, v_trip.back_to_back
      from public.cars as c where c.id = (move ->> 'carId')::uuid;
  end if;
  v_trip.trip_start_date := coalesce((move ->> 'startDate')::timestamptz, v_trip.trip_start_date);
  v_trip.trip_end_date := coalesce((move ->> 'endDate')::timestamptz, v_trip.trip_end_date);
  v_trip.blocked := private.blocked_range(v_trip.trip_start_date, v_trip.trip_end_date,
    v_trip.prep_minutes, v_trip.turnaround_minutes, v_trip.back_to_back);
  if move ? 'driverId' then
    v_trip.driver_id := (move ->> 'driverId')::uuid;
  end if;
  v_trip.extras := coalesce(move -> 'extras', v_trip.extras);
  v_trip.pricing := coalesce(nullif(move -> 'pricing', 'null'), v_trip.pricing);
  v_trip.rate_plan_id := coalesce((move ->> 'ratePlanId')::uuid, v_trip.rate_plan_id);
  v_trip.cut := false;
  v_trip.at_risk := false;
  v_trip.total_cost := 0;
  v_trip.version := v_trip.version + 1;
  v_trip.updated_at := now();
  return v_trip;
end
$$;

comment on function private.moved_trip(public.trips, jsonb) is 'A trip as it will be on another car.';
revoke all on function private.moved_trip(public.trips, jsonb) from public;
grant execute on function private.moved_trip(public.trips, jsonb) to fleetflow_sys;
