-- What: books the car of a class that the renter holds in a period, as private.create_trip does: the hold becomes the booking. NULL without such
--   a hold, or where it cannot (another trip is in the way of a longer period, or it costs more than maxTotal): then the class is looked at.
-- Who: create_trip_in_class, before it locks anything. Input: as trips.create, without a car.
-- Raises: BAD_INPUT, NOT_FOUND, FORBIDDEN, TOO_SOON, TOO_LONG, TOO_SHORT, TOO_FAR, OUTSIDE_HOURS, QUOTA_EXCEEDED, NOT_PRICED, DRIVER_BUSY.
--   Catches: TRIP_OVERLAP, PRICE_CHANGED, QUOTE_EXPIRED, QUOTE_USED. Locks: the car, the renter and the driver.
create or replace function private.book_held_car(actor uuid, car_class public.car_classes, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_car uuid := (
    select t.car_id
      from public.trips as t
      join private.class_cars(book_held_car.car_class, false, book_held_car.input) as k on (k.car).id = t.car_id
     where t.booked_by_id = coalesce((input ->> 'userId')::uuid, book_held_car.actor) and t.status = 'held' and t.hold_expires_at > now()
       and tstzrange(t.trip_start_date, t.trip_end_date, '[]') && tstzrange((input ->> 'startDate')::timestamptz, (input ->> 'endDate')::timestamptz, '[]')
     order by t.trip_start_date, t.id limit 1);
begin
  if v_car is null then
    return null;
  end if;
  return private.create_trip(book_held_car.actor, input || jsonb_build_object('carId', v_car));
exception when sqlstate 'FF001' or sqlstate 'FF004' or sqlstate 'FF005' or sqlstate 'FF006' then
  return null;
end
$$;

comment on function private.book_held_car(uuid, public.car_classes, jsonb) is 'Books the car of a class that the renter holds.';
revoke all on function private.book_held_car(uuid, public.car_classes, jsonb) from public;
grant execute on function private.book_held_car(uuid, public.car_classes, jsonb) to fleetflow_fn;
