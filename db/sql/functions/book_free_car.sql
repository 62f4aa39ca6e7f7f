-- What: books the best fitting free car of a class: tries one after the other, and prevent_overlap decides. NULL when none was free or others
--   were faster everywhere. Cars that are booked instantly (`instant`), or those whose fleet has to approve: then it is a request.
-- Who: functions that book a class, with the offers of private.class_offers.
--   Takes no car's lock, so it waits for nobody who waits for it: whoever has stored a trip has every lock that he needs.
-- Raises: DRIVER_BUSY (windows), TOO_SOON (earliest: no time is left for an approval). Locks: none but those that the caller has on people.
create or replace function private.book_free_car(
  car_class public.car_classes, renter uuid, manages boolean, instant boolean, input jsonb, offers jsonb
) returns public.trips
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_free record;
  v_respond_by timestamptz;
  v_trip public.trips;
begin
  for v_free in
    select f.car, f.tariff from private.free_cars(book_free_car.car_class, book_free_car.manages, book_free_car.input) as f
     where book_free_car.offers ? f.tariff and f.instant = book_free_car.instant
  loop
    if not book_free_car.instant then
      v_respond_by := private.respond_by((input ->> 'startDate')::timestamptz);
    end if;
    v_trip := private.book_class_trip(v_free.car, book_free_car.renter, book_free_car.input, offers -> v_free.tariff, v_respond_by);
    exit when v_trip.id is not null;
  end loop;
  return v_trip;
end
$$;

comment on function private.book_free_car(public.car_classes, uuid, boolean, boolean, jsonb, jsonb) is 'Books the best fitting free car of a class.';
revoke all on function private.book_free_car(public.car_classes, uuid, boolean, boolean, jsonb, jsonb) from public;
grant execute on function private.book_free_car(public.car_classes, uuid, boolean, boolean, jsonb, jsonb) to fleetflow_fn;
