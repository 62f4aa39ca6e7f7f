-- What: stores a rental of a car that was chosen from its class, with its driver; NULL when another trip has the car in that period.
-- Who: functions that book a class. Input: startDate, endDate, driverId, allocation. Raises: DRIVER_BUSY (windows).
create or replace function private.book_class_trip(car public.cars, renter uuid, input jsonb, priced jsonb) returns public.trips
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips;
begin
  v_trip := private.book_trip(book_class_trip.car, book_class_trip.renter, 'rental', 'confirmed',
    (input ->> 'startDate')::timestamptz, (input ->> 'endDate')::timestamptz, book_class_trip.priced,
    jsonb_build_object('pinned', input ->> 'allocation' = 'pinned', 'driverId', input -> 'driverId', 'extras', priced -> 'extras'));
  if v_trip.driver_id is not null then
    perform private.assign_driver(v_trip);
  end if;
  return v_trip;
end
$$;

comment on function private.book_class_trip(public.cars, uuid, jsonb, jsonb) is 'Stores a rental of a car that was chosen from its class.';
revoke all on function private.book_class_trip(public.cars, uuid, jsonb, jsonb) from public;
grant execute on function private.book_class_trip(public.cars, uuid, jsonb, jsonb) to fleetflow_fn;
