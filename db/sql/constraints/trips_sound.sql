-- The rules of one row of trips but those on `blocked`, each under its own name in private.check_trip.
alter table public.trips drop constraint if exists trips_sound;

-- squawk-ignore constraint-missing-not-valid
alter table public.trips add constraint trips_sound check (private.check_trip(
  status, purpose, currency, trip_start_date, trip_end_date, returned_at, blocked, cut, prep_minutes, turnaround_minutes,
  hold_expires_at, respond_by, total_cost, version, odometer_start, odometer_end, fuel_start, fuel_end,
  near_lat_microdegrees, near_lng_microdegrees, near_metres, note, cancel_reason, external_id));
