-- What: books a car for a period: finds the car under the caller's policies, prices, stores, answers. A renter's own hold in that period
--   becomes the booking (same id; at the hold's price where period and extras are the hold's), further ones are cancelled.
--   A renter's booking of a car that is not booked instantly is a request until its fleet approves.
-- Who: perform, for create_trip_rpc. Input: carId, userId, startDate, endDate, purpose, maxTotal, quoteId, extras, driverId.
-- Raises: BAD_INPUT, NOT_FOUND (field carId, userId, driverId or quoteId), FORBIDDEN, TOO_SOON (earliest), TOO_LONG (limit, nearest),
--   TOO_SHORT (limit, nearest), TOO_FAR (latest), OUTSIDE_HOURS (nearest), QUOTA_EXCEEDED (limit), NOT_PRICED, PRICE_CHANGED, QUOTE_EXPIRED,
--   QUOTE_USED (each with totalCost, currency or a fresh quote), TRIP_OVERLAP (conflicts, nextFree), DRIVER_BUSY (windows).
-- Locks: the car, the renter and the driver where they matter, the quote.
create or replace function private.create_trip(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_car public.cars := private.bookable_car(create_trip.actor, input);
  v_manages boolean := coalesce(private.my_role(v_car.fleet_id) in ('owner', 'manager'), false);
begin
  return private.trip_json(private.book_period(
    private.take_car(v_car.id), coalesce((input ->> 'userId')::uuid, create_trip.actor), coalesce(input ->> 'purpose', 'rental'),
    (input ->> 'startDate')::timestamptz, (input ->> 'endDate')::timestamptz, v_manages, input));
end
$$;

comment on function private.create_trip(uuid, jsonb) is 'Books a car for a period.';
revoke all on function private.create_trip(uuid, jsonb) from public;
grant execute on function private.create_trip(uuid, jsonb) to fleetflow_fn;
