-- What: a trip as the API shows it, as the text of a JSON object: an answer that holds many of them takes it as it is, and never becomes jsonb.
--   What may be NULL or hold any character is quoted by to_json; the rest is of types and checked sets that hold nothing to escape.
-- Who: list_trips_rpc and trip_json, with a row they have read under the caller's policies.
create or replace function private.trip_text(trip public.trips) returns text
  language plpgsql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return concat(
      '{"id":"', (trip_text.trip).id,
      '","carId":"', (trip_text.trip).car_id,
      '","fleetId":"', (trip_text.trip).fleet_id,
      '","bookedById":"', (trip_text.trip).booked_by_id,
      '","startDate":"', private.iso((trip_text.trip).trip_start_date),
      '","endDate":"', private.iso((trip_text.trip).trip_end_date),
      '","blockedFrom":"', private.iso(lower((trip_text.trip).blocked)),
      '","blockedUntil":"', private.iso(upper((trip_text.trip).blocked)),
      '","startedAt":', coalesce(to_json(private.iso((trip_text.trip).started_at))::text, 'null'),
      ',"returnedAt":', coalesce(to_json(private.iso((trip_text.trip).returned_at))::text, 'null'),
      ',"holdExpiresAt":', coalesce(to_json(private.iso((trip_text.trip).hold_expires_at))::text, 'null'),
      ',"respondBy":', coalesce(to_json(private.iso((trip_text.trip).respond_by))::text, 'null'),
      ',"status":"', (trip_text.trip).status,
      '","overdue":', ((trip_text.trip).status = 'active' and (trip_text.trip).trip_end_date < now())::text,
      ',"atRisk":', (trip_text.trip).at_risk::text,
      ',"pinned":', (trip_text.trip).pinned::text,
      ',"driverId":', coalesce(to_json((trip_text.trip).driver_id)::text, 'null'),
      ',"seriesId":', coalesce(to_json((trip_text.trip).series_id)::text, 'null'),
      ',"extras":', (trip_text.trip).extras,
      ',"odometerStart":', coalesce((trip_text.trip).odometer_start::text, 'null'),
      ',"odometerEnd":', coalesce((trip_text.trip).odometer_end::text, 'null'),
      ',"fuelStart":', coalesce((trip_text.trip).fuel_start::text, 'null'),
      ',"fuelEnd":', coalesce((trip_text.trip).fuel_end::text, 'null'),
      ',"note":', coalesce(to_json((trip_text.trip).note)::text, 'null'),
      ',"purpose":"', (trip_text.trip).purpose,
      '","totalCost":', (trip_text.trip).total_cost,
      ',"currency":"', (trip_text.trip).currency,
      '","version":', (trip_text.trip).version,
      ',"cancelReason":', coalesce(to_json((trip_text.trip).cancel_reason)::text, 'null'),
      ',"createdAt":"', private.iso((trip_text.trip).created_at),
      '","updatedAt":"', private.iso((trip_text.trip).updated_at),
      '"}');
end
$$;

comment on function private.trip_text(public.trips) is 'A trip as the API shows it, as JSON text.';
revoke all on function private.trip_text(public.trips) from public;
grant execute on function private.trip_text(public.trips) to fleetflow_fn, fleetflow_sys;
