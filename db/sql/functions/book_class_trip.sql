-- What: stores a rental of a car that was chosen from its class; NULL when another trip has the car in that period. A request where the
--   fleet has to answer until `respond_by`. The place that was asked for is kept, because the trip may be moved to another car.
-- Who: functions that book a class. Input: startDate, endDate, driverId, allocation, lat, lng, radius. Raises: DRIVER_BUSY (windows).
create or replace function private.book_class_trip(
  car public.cars, renter uuid, input jsonb, priced jsonb, respond_by timestamptz default null
) returns public.trips
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return private.book_trip(book_class_trip.car, book_class_trip.renter, 'rental',
    case when book_class_trip.respond_by is null then 'confirmed' else 'requested' end,
    (input ->> 'startDate')::timestamptz, (input ->> 'endDate')::timestamptz, book_class_trip.priced,
    jsonb_build_object('pinned', input ->> 'allocation' = 'pinned', 'driverId', input -> 'driverId', 'extras', priced -> 'extras',
      'respondBy', book_class_trip.respond_by, 'policy', private.policy_of((book_class_trip.car).fleet_id),
      'nearLat', input -> 'lat', 'nearLng', input -> 'lng', 'nearMetres', case when input ->> 'lat' is not null then input -> 'radius' end));
end
$$;

comment on function private.book_class_trip(public.cars, uuid, jsonb, jsonb, timestamptz) is 'Stores a rental of a car that was chosen from its class.';
revoke all on function private.book_class_trip(public.cars, uuid, jsonb, jsonb, timestamptz) from public;
grant execute on function private.book_class_trip(public.cars, uuid, jsonb, jsonb, timestamptz) to fleetflow_fn;
