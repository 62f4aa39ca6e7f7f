-- What: a trip as the API shows it.
-- Who: entry functions, with a row they have read under the caller's policies.
create or replace function private.trip_json(trip public.trips) returns jsonb
  language plpgsql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return jsonb_build_object(
      'id', (trip_json.trip).id,
      'carId', (trip_json.trip).car_id,
      'fleetId', (trip_json.trip).fleet_id,
      'bookedById', (trip_json.trip).booked_by_id,
      'startDate', private.iso((trip_json.trip).trip_start_date),
      'endDate', private.iso((trip_json.trip).trip_end_date),
      'blockedFrom', private.iso(lower((trip_json.trip).blocked)),
      'blockedUntil', private.iso(upper((trip_json.trip).blocked)),
      'startedAt', private.iso((trip_json.trip).started_at),
      'returnedAt', private.iso((trip_json.trip).returned_at),
      'holdExpiresAt', private.iso((trip_json.trip).hold_expires_at),
      'respondBy', private.iso((trip_json.trip).respond_by),
      'status', (trip_json.trip).status,
      'overdue', (trip_json.trip).status = 'active' and (trip_json.trip).trip_end_date < now(),
      'atRisk', (trip_json.trip).at_risk,
      'pinned', (trip_json.trip).pinned,
      'driverId', (trip_json.trip).driver_id,
      'seriesId', (trip_json.trip).series_id,
      'extras', (trip_json.trip).extras,
      'odometerStart', (trip_json.trip).odometer_start,
      'odometerEnd', (trip_json.trip).odometer_end,
      'fuelStart', (trip_json.trip).fuel_start,
      'fuelEnd', (trip_json.trip).fuel_end,
      'note', (trip_json.trip).note,
      'purpose', (trip_json.trip).purpose,
      'totalCost', (trip_json.trip).total_cost,
      'currency', (trip_json.trip).currency,
      'version', (trip_json.trip).version,
      'cancelReason', (trip_json.trip).cancel_reason,
      'createdAt', private.iso((trip_json.trip).created_at),
      'updatedAt', private.iso((trip_json.trip).updated_at));
end
$$;

comment on function private.trip_json(public.trips) is 'A trip as the API shows it.';
revoke all on function private.trip_json(public.trips) from public;
grant execute on function private.trip_json(public.trips) to fleetflow_fn, fleetflow_sys;
