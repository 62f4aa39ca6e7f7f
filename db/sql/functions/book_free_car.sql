-- What: books the best fitting free car of a class: tries one after the other, and prevent_overlap decides. NULL when others were faster everywhere.
-- Who: functions that book a class, with the offers of private.class_offers.
--   Takes no car's lock, so it waits for nobody who waits for it: whoever has stored a trip has every lock that he needs.
-- Raises: DRIVER_BUSY (windows). Locks: none but those that the caller has on people.
create or replace function private.book_free_car(car_class public.car_classes, renter uuid, manages boolean, input jsonb, offers jsonb)
  returns public.trips
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_start timestamptz := (input ->> 'startDate')::timestamptz;
  v_end timestamptz := (input ->> 'endDate')::timestamptz;
  v_free record;
  v_trip public.trips;
begin
  for v_free in
    select f.car, f.tariff from private.free_cars(book_free_car.car_class, book_free_car.manages, v_start, v_end) as f
     where book_free_car.offers ? f.tariff
  loop
    v_trip := private.book_class_trip(v_free.car, book_free_car.renter, book_free_car.input, offers -> v_free.tariff);
    exit when v_trip.id is not null;
  end loop;
  return v_trip;
end
$$;

comment on function private.book_free_car(public.car_classes, uuid, boolean, jsonb, jsonb) is 'Books the best fitting free car of a class.';
revoke all on function private.book_free_car(public.car_classes, uuid, boolean, jsonb, jsonb) from public;
grant execute on function private.book_free_car(public.car_classes, uuid, boolean, jsonb, jsonb) to fleetflow_fn;
